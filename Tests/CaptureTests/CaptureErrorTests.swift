import Capture
import Testing

@Suite struct CaptureErrorTests {
    static let path = "/dev/video7"
    static let all: [CaptureError] = [
        .noSuchDevice(path: path), .notACaptureDevice(path: path), .busy(path: path),
        .permissionDenied(path: path), .unplugged(path: path),
        .deviceFault(path: path, operation: "VIDIOC_DQBUF", errno: 5),
        .noFrame(path: path, seconds: 5, damaged: 2),
        .formatNotOffered(path: path, wanted: "h264", offered: ["yuyv422", "mjpeg"]),
        .formatNotOffered(path: path, wanted: nil, offered: []),
        .formatNotOffered(path: path, wanted: nil, offered: ["h264"]),
        .formatRefused(path: path, format: "640x480 nv12", reason: "Invalid argument"),
        .streamRefused(path: path, operation: "VIDIOC_STREAMON", errno: 28),
        .operationFailed(path: path, operation: "VIDIOC_S_PARM", errno: 22),
        .unknownControl(path: path, name: "x", valid: ["brightness"]),
        .controlValue(path: path, name: "brightness", value: "x", valid: "0 to 255"),
        .controlNotSettable(path: path, name: "gain", reason: "it is read-only"),
    ]

    @Test(arguments: all) func everyTextNamesTheDeviceInOneLine(error: CaptureError) {
        #expect(error.description.contains(Self.path))
        #expect(!error.description.contains("\n"))
        #expect(error.description.hasSuffix("."))
    }

    @Test func textsOfTheMostCommonFaults() {
        #expect(
            CaptureError.busy(path: "/dev/video0").description
                == "Camera /dev/video0 is busy. Close the other program that uses it, or choose another camera."
        )
        #expect(
            CaptureError.deviceFault(path: "/dev/video0", operation: "VIDIOC_DQBUF", errno: 5).description
                .contains("(VIDIOC_DQBUF: Input/output error)"))
        #expect(
            CaptureError.noFrame(path: "/dev/video0", seconds: 5, damaged: 0).description
                .hasPrefix("Camera /dev/video0 delivers no picture for 5 s."))
    }

    @Test func onlyAbsentDevicesAreWaitedFor() {
        let gone = Self.all.filter(\.isDeviceGone)
        #expect(gone == [.noSuchDevice(path: Self.path), .unplugged(path: Self.path)])
    }

    @Test func faultsHaveTheirKind() {
        #expect(CaptureError.noSuchDevice(path: "").kind == .inputNotFound)
        #expect(CaptureError.busy(path: "").kind == .environment)
        #expect(CaptureError.unplugged(path: "").kind == .inputOutput)
        #expect(CaptureError.unknownControl(path: "", name: "", valid: []).kind == .usage)
    }
}

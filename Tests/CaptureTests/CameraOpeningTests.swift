import Capture
import Foundation
import Media
import Testing

@Suite struct CameraOpeningTests {
    @Test func aPathWithNothingThereIsNoDevice() {
        let path = "/dev/there-is-no-such-camera"
        #expect(throws: CaptureError.noSuchDevice(path: path)) {
            _ = try Camera(path: path, request: CameraRequest())
        }
    }

    @Test(arguments: ["/dev/null", "/dev", "/etc/hostname"])
    func whatIsNoCameraIsRefused(path: String) {
        #expect(throws: CaptureError.notACaptureDevice(path: path)) {
            _ = try Camera(path: path, request: CameraRequest())
        }
    }

    @Test func waitingForADeviceEndsWithTheSignal() {
        let stop = StopSignal()
        stop.stop()
        #expect(!Camera.waitForDevice("/dev/there-is-no-such-camera", stop: stop))
    }

    @Test func waitingForADeviceThatIsThereEndsAtOnce() {
        #expect(Camera.waitForDevice("/dev/null", stop: StopSignal()))
    }

    @Test func theListOfDevicesIsJSON() throws {
        let list = DeviceList.current()
        let data = try JSONEncoder().encode(list)
        #expect(try JSONDecoder().decode(DeviceList.self, from: data) == list)
    }
}

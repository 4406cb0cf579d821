import Capture
import Testing

/// What `convene devices` prints of a camera.
@Suite struct CameraTextTests {
    private func text(_ sizes: [CameraSize]) -> String {
        CameraFormatDescription(
            fourCC: CameraFormatChoiceTests.yuyv, description: "YUYV 4:2:2", isCompressed: false,
            isEmulated: false, sizes: sizes
        ).text
    }

    @Test func sizesInStepsAreOneLine() {
        let range = CameraSize(
            width: .init(minimum: 48, maximum: 3840, step: 2),
            height: .init(minimum: 32, maximum: 2160, step: 4),
            frameRates: [60, 1], isEveryRateBetween: true)
        #expect(text([range]) == "yuyv422 (YUYV): 48x32 to 3840x2160 in steps of 2x4 at 1 to 60 fps")
    }

    @Test func sizesThatAreListedAreListed() {
        let sizes = [
            CameraSize(width: 640, height: 480, frameRates: [30, 29.97]),
            CameraSize(width: 1280, height: 720, frameRates: []),
        ]
        #expect(text(sizes) == "yuyv422 (YUYV): 640x480 at 30, 29.97 fps; 1280x720")
        #expect(text([]) == "yuyv422 (YUYV)")
    }

    @Test func controlsAreOneLine() {
        let control = CameraControl(
            id: 1, name: "brightness", kind: .integer, minimum: 0, maximum: 255, step: 1, defaultValue: 128,
            value: 100)
        #expect("\(control)" == "brightness: 0 to 255, now 100")
    }
}

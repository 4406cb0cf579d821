import Capture
import Testing

@Suite struct CameraControlTests {
    let brightness = CameraControl(
        id: 1, name: "brightness", kind: .integer, minimum: -10, maximum: 250, step: 5, defaultValue: 0)
    let exposure = CameraControl(
        id: 2, name: "auto_exposure", kind: .menu, minimum: 1, maximum: 3, step: 1, defaultValue: 1,
        menu: [.init(value: 1, name: "Manual Mode"), .init(value: 3, name: "Aperture Priority Mode")])
    let flip = CameraControl(
        id: 3, name: "horizontal_flip", kind: .boolean, minimum: 0, maximum: 1, step: 1, defaultValue: 0)
    let mask = CameraControl(
        id: 4, name: "bits", kind: .bitmask, minimum: 0, maximum: 0x8000_0005, step: 0, defaultValue: 0)
    let title = CameraControl(
        id: 5, name: "title", kind: .other, minimum: 0, maximum: 0, step: 0, defaultValue: 0)

    @Test(arguments: [
        ("Brightness", "brightness"), ("White Balance Temperature, Auto", "white_balance_temperature_auto"),
        ("  Gain (dB) ", "gain_db"), ("Y'CbCr Encoding", "y_cbcr_encoding"),
        ("Zoom, Absolute", "zoom_absolute"),
    ])
    func namesAreThoseOfV4L2Ctl(title: String, name: String) {
        #expect(CameraControl.name(fromTitle: title) == name)
    }

    @Test func settingsAreNameAndValue() throws {
        let setting = try ControlSetting(parsing: "brightness=-5")
        #expect(setting == ControlSetting(name: "brightness", value: "-5"))
        #expect(try ControlSetting(parsing: "menu=a=b").value == "a=b")
        for text in ["", "brightness", "=5", "brightness="] {
            #expect(throws: CaptureError.self) { try ControlSetting(parsing: text) }
        }
    }

    @Test(arguments: [("-10", -10), ("250", 250), ("0", 0), ("0xa", 10)])
    func numbersInRangeAreTaken(text: String, number: Int) throws {
        #expect(try brightness.number(from: text, path: "/dev/video0") == number)
    }

    @Test(arguments: ["-15", "255", "3", "", "high", "9999999999999999999"])
    func valuesThatTheControlDoesNotTakeGiveItsRange(text: String) {
        #expect(
            throws: CaptureError.controlValue(
                path: "/dev/video0", name: "brightness", value: text, valid: "-10 to 250 in steps of 5")
        ) { try brightness.number(from: text, path: "/dev/video0") }
    }

    @Test func menusTakeNumbersAndNames() throws {
        #expect(try exposure.number(from: "3", path: "") == 3)
        #expect(try exposure.number(from: "manual mode", path: "") == 1)
        #expect(throws: CaptureError.self) { try exposure.number(from: "2", path: "") }
        #expect(exposure.validValues == "1 (Manual Mode), 3 (Aperture Priority Mode)")
    }

    @Test func booleansTakeWords() throws {
        #expect(try flip.number(from: "on", path: "") == 1)
        #expect(try flip.number(from: "False", path: "") == 0)
        #expect(throws: CaptureError.self) { try flip.number(from: "2", path: "") }
    }

    @Test func masksTakeTheirBits() throws {
        #expect(try mask.number(from: "0x80000001", path: "") == 0x8000_0001)
        #expect(throws: CaptureError.self) { try mask.number(from: "2", path: "") }
        #expect(throws: CaptureError.self) { try mask.number(from: "-1", path: "") }
    }

    @Test func textsCannotBeSet() {
        #expect(throws: CaptureError.self) { try title.number(from: "1", path: "") }
    }
}

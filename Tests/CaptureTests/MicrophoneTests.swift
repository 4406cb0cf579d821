import Capture
import Testing

@Suite struct MicrophoneTests {
    @Test(arguments: [
        ("default", true, "pulse", "default"), ("default", false, "alsa", "default"),
        ("pulse", false, "pulse", "default"), ("pulse:my.source", false, "pulse", "my.source"),
        ("alsa", true, "alsa", "default"), ("alsa:hw:1,0", true, "alsa", "hw:1,0"),
        ("plughw:CARD=Loopback,DEV=1", true, "alsa", "plughw:CARD=Loopback,DEV=1"),
        ("hw:0", true, "alsa", "hw:0"),
        ("", true, "pulse", "default"),
    ])
    func namesTellTheSystem(text: String, hasServer: Bool, system: String, device: String) {
        let name = MicrophoneName(text, hasPulseServer: hasServer)
        #expect(name.system == system)
        #expect(name.device == device)
    }

    @Test func aDeviceThatIsNotThereIsSaidSo() {
        let error = #expect(throws: CaptureError.self) { _ = try Microphone(device: "alsa:hw:there-is-none") }
        #expect(error?.description.contains("hw:there-is-none") == true)
        #expect(error?.kind == .inputNotFound)
    }

    @Test func samplesBecomeFloats() {
        func floats(_ format: SampleFormat, _ bytes: [UInt8]) -> [Float] {
            bytes.withUnsafeBytes { format.floats($0) }
        }
        #expect(floats(.int16, [0, 0, 0, 0x80, 0, 0x40, 0xff]) == [0, -1, 0.5])
        #expect(floats(.uint8, [128, 0, 192]) == [0, -1, 0.5])
        #expect(floats(.int24, [0, 0, 0x80, 0, 0, 0x40]) == [-1, 0.5])
        #expect(floats(.int32, [0, 0, 0, 0x80, 0, 0, 0, 0x40]) == [-1, 0.5])
        #expect(floats(.float32, [0, 0, 0x80, 0xbf, 0, 0, 0, 0x3f]) == [-1, 0.5])
        #expect(floats(.int16, []).isEmpty)
    }

    @Test func pendingSoundIsCutIntoEqualLengths() {
        var pending = PendingSound()
        #expect(pending.take(1) == nil)
        pending.append([1, 2, 3])
        pending.appendSilence(4)
        pending.append([4])
        #expect(pending.count == 8)
        #expect(pending.take(2) == [1, 2])
        #expect(pending.take(3) == [3, 0, 0])
        #expect(pending.take(4) == nil)
        #expect(pending.take(3) == [0, 0, 4])
        #expect(pending.count == 0)
    }

    @Test func captureDevicesAreReadFromProc() {
        let text = """
            00-00: ALC295 Analog : ALC295 Analog : playback 1 : capture 1
            00-03: HDMI 0 : HDMI 0 : playback 1
            02-01: USB Audio : USB Audio #1 : capture 1

            """
        let list = MicrophoneList.parse(text) { $0 == 0 ? "PCH\n" : nil }
        #expect(list.map(\.device) == ["alsa:plughw:CARD=PCH,DEV=0", "alsa:plughw:CARD=2,DEV=1"])
        #expect(list.first?.description == "PCH: ALC295 Analog")
        #expect(MicrophoneList.parse("--- no soundcards ---\n") { _ in nil }.isEmpty)
    }
}

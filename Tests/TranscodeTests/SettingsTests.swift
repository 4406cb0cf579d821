import Testing
import Transcode

@Suite struct SettingsTests {
    @Test func decimalRatesOfTelevisionAreExactFractions() {
        #expect(FrameRatio("29.97") == FrameRatio(30000, 1001))
        #expect(FrameRatio("23.976") == FrameRatio(24000, 1001))
        #expect(FrameRatio("59.94") == FrameRatio(60000, 1001))
        #expect(FrameRatio("12.5")?.value == 12.5)
        #expect(FrameRatio("25") == FrameRatio(25))
        #expect(FrameRatio("30000/1001") == FrameRatio(30000, 1001))
    }

    @Test(arguments: ["", "0", "-1", "1/0", "0/1", "x", "1/2/3", "1001", "nan", "inf", "1e300", "30/"])
    func textThatIsNoRateIsRefused(_ text: String) { #expect(FrameRatio(text) == nil) }

    @Test func everyPresetIsValidAndFoundByItsName() throws {
        for preset in Presets.all {
            try preset.settings.validate()
            #expect(try Presets.named(preset.name) == preset)
        }
        #expect(Set(Presets.all.map(\.name)).count == Presets.all.count)
        #expect(throws: TranscodeError.self) { try Presets.named("721p") }
    }

    @Test func containersAreKnownByTheirExtension() {
        #expect(OutputContainer(path: "/a.b/c.MP4") == .mp4)
        #expect(OutputContainer(path: "x.m3u8") == .hls)
        #expect(OutputContainer(path: "x.ts") == .mpegts)
        #expect(OutputContainer(path: "a.mp4/b") == nil)
        for container in OutputContainer.allCases {
            #expect(OutputContainer(path: "x." + container.fileExtension) == container)
        }
    }

    @Test func codecsThatAContainerCannotHoldAreRefused() {
        let webm = RenditionSettings(container: .webm, video: VideoSettings(codec: .h264), audio: nil)
        #expect(throws: TranscodeError.self) { try webm.validate() }
        let empty = RenditionSettings(container: .mp4, video: nil, audio: nil)
        #expect(throws: TranscodeError.self) { try empty.validate() }
    }
}

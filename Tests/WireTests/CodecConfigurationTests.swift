import Media
import Testing
import Wire

/// A decoder configuration that no decoder could begin with is refused where the track is published.
@Suite struct CodecConfigurationTests {
    private static let head = Array("OpusHead".utf8)

    private func problem(_ codec: CodecID, _ bytes: [UInt8], rate: Int = 48_000, channels: Int = 2) -> String?
    {
        let format: TrackDescription.Format =
            codec == .h264
            ? .video(.init(width: 640, height: 360, frameRate: 30))
            : .audio(.init(sampleRate: rate, channels: channels))
        let track = TrackDescription(
            codec: codec, timeBase: .video, format: format, source: "camera", codecConfiguration: bytes)
        let read: TrackDescription
        do throws(WireError) { read = try WireTrack(track).description() } catch {
            #expect(error.code == .badTrack)
            return error.message
        }
        #expect(read == track)
        return nil
    }

    @Test func whatDecodersReadIsTaken() {
        #expect(problem(.aac, [0x12, 0x10], rate: 44_100) == nil)
        #expect(problem(.aac, [0x11, 0x88], channels: 1) == nil)
        // HE-AAC, said and unsaid; HE-AAC v2 of one coded channel.
        #expect(problem(.aac, [0x2B, 0x11, 0x88, 0x00]) == nil)
        #expect(problem(.aac, [0x13, 0x10]) == nil)
        #expect(problem(.aac, [0xEB, 0x09, 0x88, 0x00]) == nil)
        // A program config element: one pair in front.
        #expect(problem(.aac, [0x11, 0x80, 0x04, 0xC4, 0x00, 0x00, 0x20, 0x00]) == nil)
        #expect(problem(.opus, []) == nil)
        #expect(problem(.opus, Self.head + [1, 2, 0x38, 1, 0x80, 0xBB, 0, 0, 0, 0, 0]) == nil)
        let six: [UInt8] = [1, 6, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 2, 0, 4, 1, 2, 3, 5]
        #expect(problem(.opus, Self.head + six, channels: 6) == nil)
        #expect(problem(.h264, []) == nil)
    }

    static let badConfigs: [[UInt8]] = [
        [], [0x12], [0xFF], [0xFF, 0xFF], [UInt8](repeating: 0xFF, count: 64), [0, 0], [0x17, 0xF0],
        [0x12, 0x78], [0x16, 0x90],
    ]

    @Test(arguments: badConfigs)
    func whatIsNoAudioSpecificConfigIsRefused(_ bytes: [UInt8]) {
        #expect(problem(.aac, bytes, rate: 44_100) != nil)
    }

    @Test func soundThatDisagreesWithItsTrackIsRefused() {
        #expect(problem(.aac, [0x12, 0x10], rate: 48_000)?.contains("44100") == true)
        #expect(problem(.aac, [0x12, 0x10], rate: 44_100, channels: 1)?.contains("2 channels") == true)
        #expect(
            problem(.opus, Self.head + [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])?.contains("1 channels") == true)
        #expect(problem(.opus, [], channels: 6)?.contains("missing") == true)
    }

    /// What comes behind the magic.
    static let badHeads: [[UInt8]] = [
        [], [16, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 2, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 7],
        [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1], [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 1],
        [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 2], [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0],
    ]

    @Test(arguments: badHeads)
    func whatIsNoOpusHeadIsRefused(_ bytes: [UInt8]) {
        #expect(problem(.opus, Self.head + bytes) != nil)
        #expect(problem(.opus, [1] + bytes) != nil)
    }

    @Test func picturesHaveNone() { #expect(problem(.h264, [1, 0x64, 0, 31, 0xFF]) != nil) }

    @Test func everyTruncationAndEveryByteIsSurvived() {
        let whole: [UInt8] = [0x11, 0x80, 0x04, 0xC4, 0x00, 0x00, 0x20, 0x00]
        for count in 0..<7 { #expect(problem(.aac, Array(whole.prefix(count))) != nil) }
        for first in UInt8.min ... .max {
            for second in UInt8.min ... .max { _ = problem(.aac, [first, second]) }
        }
    }
}

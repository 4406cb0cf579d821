import Container
import MediaTesting
import Testing
import Transcode

/// Time stamps at the ends of what 64 bits hold.
@Suite struct WildTimesTests {
    @Test func aTranscodeEndsWithWhatIsThere() throws {
        let media = try MadeMedia()
        try WildTimes.write(to: media.path("wild.mkv"))
        let settings = RenditionSettings(container: .mkv, video: nil, audio: AudioSettings(codec: .opus))
        let result = try media.transcode(media.path("wild.mkv"), to: "o.mkv", settings)
        let samples = try #require(result.outputs.first).audioSamples
        // Ten packets lie one after the other. The others have no time of their own, and what overlaps is there once.
        #expect(samples >= 10 * 960, "\(samples) \(result.notes)")
        #expect(samples < 2 * 60 * 48_000, "a gap is filled for at most a minute")
    }

    @Test func timesThatCannotBeAreThoseAtWhichTheLastPacketEnds() throws {
        let media = try MadeMedia()
        try WildTimes.write(to: media.path("wild.mkv"))
        let demuxer = try Demuxer(path: media.path("wild.mkv"))
        var times: [Int64] = []
        while let (track, packet) = try demuxer.next() {
            #expect(packet.dts.magnitude <= UInt64(track.timeBase.longestTime) + 1000)
            #expect(packet.pts.magnitude <= UInt64(track.timeBase.longestTime) + 1000)
            times.append(packet.dts)
        }
        #expect(times.count == WildTimes.extremes.count)
        #expect(times.starts(with: [0, 20, 40]), "\(times)")
    }
}

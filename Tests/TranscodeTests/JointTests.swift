import FoundationEssentials
import MediaTesting
import Testing
import Transcode

/// Time stamps that step back where an encoder was restarted, and playlists that lack files.
@Suite(.enabled(if: MediaProgram.isInstalled)) struct JointTests {
    /// A packet of AAC has 21 ms, and an encoder begins and ends with one more.
    private static let soundTolerance = 0.12
    /// Two pictures: what is before a joint ends where the longer of both streams ends.
    private static let pictureTolerance = 0.08

    private static let codecs: [String: [String]] = [
        "ts": ["-c:v", "libx264", "-bf", "2", "-c:a", "aac"],
        "mpg": ["-c:v", "mpeg2video", "-bf", "0", "-c:a", "mp2", "-f", "mpeg"],
    ]

    /// Two encoders' output behind each other, 50 pictures and a tone of two seconds each.
    private func restarted(_ kind: String, in media: MadeMedia) throws -> String {
        let arguments = MadeMedia.pictures() + MadeMedia.tone() + (Self.codecs[kind] ?? [])
        let parts = try (0...1).map { try media.make("part\($0).\(kind)", arguments) }
        try FileJoining.join(parts, into: media.path("restarted.\(kind)"))
        return media.path("restarted.\(kind)")
    }

    private func check(_ result: TranscodeResult, seconds: Double = 4, frames: Int = 100) throws {
        let output = try #require(result.outputs.first)
        #expect(output.framesOut == frames, "\(result.notes)")
        #expect(abs(output.duration - seconds) < Self.soundTolerance, "\(output.duration)")
        #expect(abs(Double(output.audioSamples) / 48_000 - seconds) < Self.soundTolerance)
    }

    private func pictureTimes(_ path: String) throws -> [Double] {
        try #require(try MediaProgram.packets(of: path, stream: "v:0")).compactMap { line in
            line.split(separator: ",").first.flatMap { Double($0) }
        }.sorted()
    }

    @Test(arguments: ["ts", "mpg"]) func aStepBackOfTwoSecondsIsJoined(_ kind: String) throws {
        let media = try MadeMedia()
        let result = try media.transcode(try restarted(kind, in: media), to: "o.mkv")
        try check(result)
        #expect(
            result.notes.contains {
                $0.contains("step back by") && ($0.contains("at 1.9") || $0.contains("at 2."))
            }, "\(result.notes)")
        let times = try pictureTimes(media.path("o.mkv"))
        let steps = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(steps.allSatisfy { $0 > 0.03 && $0 < 0.04 + Self.pictureTolerance }, "\(steps)")
    }

    /// Many restarts of a stream that says of itself to be two seconds long.
    @Test func fortyRestartsAreJoined() throws {
        let media = try MadeMedia()
        let part = try media.make(
            "p.ts", MadeMedia.pictures(size: "64x64") + MadeMedia.tone() + ["-c:v", "libx264", "-c:a", "aac"])
        try FileJoining.join(Array(repeating: part, count: 40), into: media.path("all.ts"))
        let result = try media.transcode(media.path("all.ts"), to: "o.mkv")
        let output = try #require(result.outputs.first)
        #expect(output.framesOut == 2000)
        #expect(abs(output.duration - 80) < 40 * Self.soundTolerance / 2, "\(output.duration)")
        #expect(result.notes.contains { $0.contains("more places") }, "\(result.notes)")
    }

    private func playlist(_ media: MadeMedia, discontinuity: Bool, missing: Bool) throws -> String {
        let arguments =
            MadeMedia.pictures() + MadeMedia.tone() + ["-c:v", "libx264", "-bf", "0", "-c:a", "aac"]
        for index in 0...2 { try media.make("s\(index).ts", arguments) }
        if missing { try FileManager.default.removeItem(atPath: media.path("s1.ts")) }
        let entries = (0...2).map { index in
            (index > 0 && discontinuity ? "#EXT-X-DISCONTINUITY\n" : "") + "#EXTINF:2.0,\ns\(index).ts\n"
        }
        let text =
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:VOD\n"
            + entries.joined()
            + "#EXT-X-ENDLIST\n"
        try FileJoining.write(text, to: media.path("list.m3u8"))
        return media.path("list.m3u8")
    }

    @Test func discontinuitiesOfAPlaylistAreJoined() throws {
        let media = try MadeMedia()
        let list = try playlist(media, discontinuity: true, missing: false)
        let result = try media.transcode(list, to: "o.mkv")
        try check(result, seconds: 6, frames: 150)
        #expect(result.notes.count { $0.contains("step back by") } == 2, "\(result.notes)")
    }

    @Test func aMissingSegmentIsTold() throws {
        let media = try MadeMedia()
        let list = try playlist(media, discontinuity: true, missing: true)
        let result = try media.transcode(list, to: "o.mkv")
        try check(result)
        #expect(
            result.notes.contains {
                $0.hasPrefix("a file of the playlist is missing: ") && $0.hasSuffix("s1.ts")
            },
            "\(result.notes)")
    }

    /// A playlist is a file that somebody else wrote: it may not make this machine ask others.
    @Test(arguments: ["http://127.0.0.1:9/a.ts", "tcp://127.0.0.1:9", "concat:s0.ts|s1.ts", "subfile:s0.ts"])
    func aPlaylistReadsFilesOnly(_ address: String) throws {
        let media = try MadeMedia()
        let list = try playlist(media, discontinuity: true, missing: false)
        let text = try String(decoding: Data(contentsOf: URL(filePath: list)), as: UTF8.self)
        try FileJoining.write(text.replacing("\ns1.ts", with: "\n\(address)"), to: list)
        // Some make it unreadable as a whole.
        let frames = (try? media.transcode(list, to: "o.mkv"))?.outputs.first?.framesOut
        #expect(frames ?? 100 == 100)
    }

    @Test func namesThatLookLikeAddressesAreFiles() throws {
        let media = try MadeMedia()
        for name in ["a:b.mp4", "http:x.mp4", "concat:a|b.mp4", "pipe:0.mp4"] {
            let source = try media.make("s.mp4", MadeMedia.pictures(size: "64x64") + ["-c:v", "libx264"])
            try FileManager.default.moveItem(atPath: source, toPath: media.path(name))
            let result = try media.transcode(media.path(name), to: "o-\(name).mkv")
            #expect(result.outputs.first?.framesOut == 50)
        }
    }
}

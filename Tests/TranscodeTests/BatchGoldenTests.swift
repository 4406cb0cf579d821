import Fixtures
import Testing

@Suite struct BatchGoldenTests {
    private static let one = String(repeating: "a", count: 32)
    private static let two = String(repeating: "b", count: 32)

    /// Pictures every 40 ms in stream 0, and as many sounds every 20 ms in stream 1.
    private func golden(_ count: Int = 5, hash: (Int, Int) -> String = { _, _ in one }) -> GoldenFrames {
        let frames = (0..<2).flatMap { stream in
            (0..<count).map { number in
                GoldenFrame(
                    stream: stream, time: Int64(number * (stream == 0 ? 40_000 : 20_000)),
                    hash: hash(stream, number))
            }
        }
        return GoldenFrames(
            origin: GoldenFrames.Origin(
                input: "clips/a b.mp4", inputDigest: Self.one + Self.one, rendition: "web",
                settings: #"{"container":"mp4","video":{"crf":3}}"#,
                libraries: ["libavcodec": 59, "libswscale": 6]),
            streams: [0: "video 320x180 yuv420p", 1: "audio 48000 stereo"], frames: frames)
    }

    @Test func textIsReadAsItWasWritten() throws {
        var frames = golden()
        frames.frames[2].time = nil
        frames.frames[3].time = -1_234_567
        #expect(try GoldenFrames(text: frames.text) == frames)
    }

    @Test func textHasOneLineForEachFrame() {
        let lines = golden().text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == 10)
        #expect(lines[1] == "0 1 0.040000 \(Self.one)")
    }

    @Test func everyLineThatIsNoneIsNamed() throws {
        let text = golden().text
        let lines = text.split(separator: "\n").map(String.init)
        for (index, line) in lines.enumerated() where !line.hasPrefix("# ") || index == 0 {
            for wrong in [String(line.dropLast()), String(line.dropFirst(2)), line + "x", "x"] {
                var changed = lines
                changed[index] = wrong
                let error = #expect(throws: GoldenError.self, "\(wrong)") {
                    try GoldenFrames(text: changed.joined(separator: "\n"))
                }
                #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("line \(index + 1) "))
            }
        }
    }

    @Test func aLineThatIsLeftOutIsNoticed() throws {
        var lines = golden().text.split(separator: "\n").map(String.init)
        let place = try #require(lines.firstIndex { $0.hasPrefix("0 2 ") })
        lines.remove(at: place)
        #expect(throws: GoldenError.self) { try GoldenFrames(text: lines.joined(separator: "\n")) }
    }

    @Test func equalFramesHaveNoDifference() {
        #expect(GoldenDifference.find(was: golden(), now: golden()) == nil)
    }

    @Test func theFirstFrameThatDiffersIsNamedWithItsTime() throws {
        let now = golden { stream, number in stream == 0 && number >= 3 ? Self.two : Self.one }
        let difference = try #require(GoldenDifference.find(was: golden(), now: now))
        #expect(difference.stream == 0 && difference.number == 3 && !difference.isSound)
        #expect(difference.seconds == 0.12 && difference.count == 2 && difference.total == 10)
        #expect(difference.first == .hash(was: Self.one, now: Self.two))
    }

    @Test func theFirstOfTwoStreamsIsTheEarlier() throws {
        // Sound 4 is at 80 ms, picture 3 at 120 ms.
        let now = golden { stream, number in number == (stream == 0 ? 3 : 4) ? Self.two : Self.one }
        let difference = try #require(GoldenDifference.find(was: golden(), now: now))
        #expect(difference.isSound && difference.number == 4 && difference.count == 2)
    }

    @Test func onlySamplesOfSoundAreToldFromEverythingElse() throws {
        let other = golden { stream, _ in stream == 1 ? Self.two : Self.one }
        #expect(GoldenDifference.find(was: golden(), now: other)?.isInSamplesOfSoundOnly == true)
        let sound = try #require(other.frames.lastIndex { $0.stream == 1 })
        var moved = other
        moved.frames[sound].time = 81_000
        var renamed = other
        renamed.streams[1] = "audio 48000 mono"
        var shorter = other
        shorter.frames.remove(at: sound)
        let seen = golden { stream, number in stream == 1 || number == 4 ? Self.two : Self.one }
        for now in [moved, renamed, shorter, seen] {
            #expect(GoldenDifference.find(was: golden(), now: now)?.isInSamplesOfSoundOnly == false)
        }
    }

    @Test func framesThatMovedOrCameOrWentAreTold() throws {
        var moved = golden()
        moved.frames[1].time = 41_000
        #expect(
            GoldenDifference.find(was: golden(), now: moved)?.first == .time(was: "0.040000", now: "0.041000")
        )
        #expect(GoldenDifference.find(was: golden(5), now: golden(4))?.first == .missing)
        let added = try #require(GoldenDifference.find(was: golden(4), now: golden(5)))
        #expect(added.first == .added && added.number == 4 && added.count == 2)
    }
}

import Archive
import Container
import Media
import MediaTesting
import Testing

/// A recorded meeting read as it happened.
@Suite("Replay source", .timeLimit(.minutes(1)))
struct ReplaySourceTests {
    private static let second: Int64 = 1_000_000_000
    /// Bob's clock counts so much more than he lives, in millionths: far more than any quartz, so that it shows.
    private static let drift: Int64 = 10_000
    /// What rounding to ticks and microseconds leaves, microseconds.
    private static let rounding: Int64 = 50

    /// Ada is there for 4 s. Bob comes after 1 s, for 2 s, and his clock runs too fast.
    private func record() async throws -> MeetingStage {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 120, keyframeInterval: 0.5)
        let audio = try EncodedStream.tone(milliseconds: 4000)
        var fast = try EncodedStream.pattern(count: 60, keyframeInterval: 0.5)
        for index in fast.packets.indices {
            fast.packets[index].pts += fast.packets[index].pts * Self.drift / 1_000_000
            fast.packets[index].dts += fast.packets[index].dts * Self.drift / 1_000_000
        }
        let start = stage.manual.now().nanoseconds / 1000
        stage.recorder.joined(participant: "ada", name: "Ada")
        add(stage, "ada", [(1, video), (2, audio)], at: start, seconds: 4)
        stage.play([(1, video), (2, audio)])
        stage.recorder.chat(participant: "ada", name: "Ada", text: "hello", wall: 1)
        stage.recorder.joined(participant: "bob", name: "Bob")
        add(stage, "bob", [(3, fast)], at: start + 1_000_000, seconds: 2, drift: Self.drift)
        stage.play([(3, fast)])
        stage.recorder.trackRemoved(3)
        stage.recorder.left(participant: "bob", reason: "bye")
        await stage.finish()
        return stage
    }

    /// Adds tracks, and says of each half second which time stamp it has.
    private func add(
        _ stage: MeetingStage, _ participant: String, _ tracks: [(UInt32, EncodedStream)], at start: Int64,
        seconds: Int64, drift: Int64 = 0
    ) {
        for (track, stream) in tracks {
            stage.recorder.trackAdded(track, participant: participant, description: stream.description)
            for half in 0...(2 * seconds) {
                let nanoseconds = half * Self.second / 2
                let pts = TimeBase.nanoseconds.rescale(
                    nanoseconds + nanoseconds * drift / 1_000_000, to: stream.description.timeBase)
                stage.recorder.clock(track, pts: pts, serverTime: start + nanoseconds / 1000)
            }
        }
    }

    private func source(_ stage: MeetingStage, only: Set<String>? = nil) throws -> ReplaySource {
        let entry = try stage.meeting()
        return try ReplaySource(folder: entry.folder, manifest: entry.manifest, only: only)
    }

    /// Everything that is replayed of a meeting, whose files go with the stage.
    private func items(of stage: MeetingStage, only: Set<String>? = nil) throws -> [ReplayItem] {
        try withExtendedLifetime(stage) {
            let source = try source(stage, only: only)
            let items = items(source)
            #expect(source.problems.isEmpty)
            return items
        }
    }

    private func items(_ source: ReplaySource) -> [ReplayItem] {
        var items: [ReplayItem] = []
        while let item = source.next() { items.append(item) }
        return items
    }

    /// Times at which the pictures or sounds of a participant are presented.
    private func times(_ items: [ReplayItem], _ participant: String, _ kind: MediaKind) -> [Int64] {
        items.compactMap { item in
            guard case .packet(let track, let packet) = item.event, track.participant == participant,
                track.media.kind == kind
            else { return nil }
            return track.meetingTime(of: packet.pts)
        }
    }

    @Test func everythingComesInTheOrderOfTime() async throws {
        let items = try items(of: try await record())
        #expect(items.map(\.time) == items.map(\.time).sorted())
        #expect(times(items, "ada", .video).count == 120)
        #expect(times(items, "bob", .video).count == 60)
        var open: Set<Int> = []
        for item in items {
            switch item.event {
            case .trackBegan(let track): #expect(open.insert(track.id).inserted)
            case .packet(let track, _): #expect(open.contains(track.id), "between its beginning and its end")
            case .trackEnded(let track): #expect(open.remove(track.id) != nil)
            default: break
            }
        }
        #expect(open.isEmpty)
        let texts = items.compactMap {
            if case .chat(_, let name, let text) = $0.event { name + text } else { nil }
        }
        #expect(texts == ["Adahello"])
        #expect(items.count { if case .joined = $0.event { true } else { false } } == 2)
        #expect(items.count { if case .left = $0.event { true } else { false } } == 1)
    }

    @Test func driftingClocksMeetOnTheMeetingsTimeLine() async throws {
        let items = try items(of: try await record())
        let ada = times(items, "ada", .video)
        let bob = times(items, "bob", .video)
        #expect(bob.count == 60)
        for (index, time) in bob.enumerated() {
            // Both pictures were taken so long after each one's first.
            #expect(abs(time - 1_000_000 - ada[index]) <= Self.rounding, "picture \(index)")
        }
    }

    @Test(arguments: [0, 700_000, 1_250_000, 2_000_000, 3_900_000] as [Int64])
    func seekingBeginsEachTrackAtTheKeyframeBefore(time: Int64) async throws {
        let stage = try await record()
        let source = try source(stage)
        let all = items(source)
        source.seek(to: time)
        let rest = items(source)
        for participant in ["ada", "bob"] {
            let before = times(all, participant, .video)
            let found = times(rest, participant, .video)
            guard let last = before.last, last >= time else {
                #expect(found.isEmpty || found.contains { $0 <= time })
                continue
            }
            let keyframe = before.enumerated().last { $0.offset.isMultiple(of: 15) && $0.element <= time }
            let first = keyframe?.offset ?? 0
            #expect(found == Array(before[first...]), "\(participant) at \(time)")
        }
        let sound = times(rest, "ada", .audio)
        #expect(try #require(sound.first) >= time - 120_000)
        #expect(sound.suffix(5) == times(all, "ada", .audio).suffix(5))
        withExtendedLifetime(stage) {}
    }

    /// One picture of a screen on which nothing moves for 7 s.
    private func recordStill() async throws -> MeetingStage {
        let stage = try MeetingStage()
        var still = try EncodedStream.pattern(count: 1, keyframeInterval: 0.5)
        still.description.source = "screen"
        stage.recorder.joined(participant: "ada", name: "Ada")
        add(stage, "ada", [(1, still)], at: stage.manual.now().nanoseconds / 1000, seconds: 0)
        stage.play([(1, still)])
        await stage.advance(seconds: 7)
        stage.recorder.trackRemoved(1)
        await stage.advance(seconds: 2)
        stage.recorder.left(participant: "ada", reason: "bye")
        await stage.finish()
        return stage
    }

    @Test func aStillScreenIsThereUntilItsTrackEnds() async throws {
        let items = try items(of: try await recordStill())
        let packets = items.compactMap { if case .packetsEnded = $0.event { $0.time } else { nil } }
        let ends = items.compactMap { if case .trackEnded = $0.event { $0.time } else { nil } }
        #expect(try #require(packets.first) < 100_000 && packets.count == 1)
        #expect(abs(try #require(ends.first) - 7_000_000) < 100_000 && ends.count == 1)
    }

    @Test(arguments: [3_000_000, 6_900_000] as [Int64])
    func aStillScreenIsThereAfterASeek(time: Int64) async throws {
        let stage = try await recordStill()
        let source = try source(stage)
        source.seek(to: time)
        let items = items(source)
        #expect(times(items, "ada", .video).count == 1)
        let end = items.firstIndex { if case .trackEnded = $0.event { true } else { false } }
        #expect(items[try #require(end)].time > time)
        // The decoder must know that nothing follows before the picture is to be seen.
        let last = items.firstIndex { if case .packetsEnded = $0.event { true } else { false } }
        #expect(items[try #require(last)].time <= time)
        withExtendedLifetime(stage) {}
    }

    @Test func aTrackOfAFileEndsSoonAfterTheNextFileHasBegun() async throws {
        let stage = try MeetingStage(segmentBytes: 6000)
        let video = try EncodedStream.pattern(count: 120, keyframeInterval: 1)
        stage.recorder.joined(participant: "ada", name: "Ada")
        add(stage, "ada", [(1, video)], at: stage.manual.now().nanoseconds / 1000, seconds: 4)
        stage.play([(1, video)])
        await stage.advance(seconds: 5)
        await stage.finish()
        let items = try items(of: stage)
        let begins = items.compactMap { if case .trackBegan = $0.event { $0.time } else { nil } }
        let ends = items.compactMap { if case .trackEnded = $0.event { $0.time } else { nil } }
        try #require(begins.count > 1 && ends.count == begins.count)
        for (end, next) in zip(ends.sorted(), begins.sorted().dropFirst()) {
            #expect(end <= next + 600_000, "\(ends) after \(begins)")
        }
    }

    /// What an Opus decoder hears before it is right, microseconds (RFC 7845 §4.6).
    private static let preroll: Int64 = 80_000

    @Test func soundIsReadFromBeforeASeekAlsoAcrossFiles() async throws {
        let stage = try MeetingStage(segmentBytes: 12_000)
        // A file that has reached its size ends at the next keyframe.
        let video = try EncodedStream.pattern(count: 120, keyframeInterval: 1)
        let audio = try EncodedStream.tone(milliseconds: 4000)
        stage.recorder.joined(participant: "ada", name: "Ada")
        add(stage, "ada", [(1, video), (2, audio)], at: stage.manual.now().nanoseconds / 1000, seconds: 4)
        stage.play([(1, video), (2, audio)])
        await stage.finish()
        let source = try source(stage)
        let joints = source.manifest.segments.map(\.start).filter { $0 > Self.preroll }
        #expect(!joints.isEmpty)
        for time in joints.flatMap({ [$0, $0 + 10_000, $0 + 300_000] }) {
            source.seek(to: time)
            let sound = times(items(source), "ada", .audio)
            #expect(try #require(sound.first) <= time - Self.preroll, "at \(time)")
            #expect(zip(sound, sound.dropFirst()).allSatisfy { $1 - $0 < 25_000 }, "no hole")
        }
        withExtendedLifetime(stage) {}
    }

    @Test func confinedToOneThereIsNobodyElse() async throws {
        let items = try items(of: try await record(), only: ["bob"])
        #expect(times(items, "ada", .video).isEmpty)
        #expect(times(items, "bob", .video).count == 60)
        #expect(items.count { if case .joined = $0.event { true } else { false } } == 1)
    }

    @Test func missingPacketsLeaveAGap() async throws {
        let stage = try MeetingStage()
        var video = try EncodedStream.pattern(count: 90, keyframeInterval: 0.5)
        video.packets.removeSubrange(30..<60)
        stage.recorder.joined(participant: "ada", name: "Ada")
        add(stage, "ada", [(1, video)], at: stage.manual.now().nanoseconds / 1000, seconds: 3)
        stage.play([(1, video)])
        await stage.finish()
        let times = times(try items(of: stage), "ada", .video)
        #expect(times.count == 60)
        let steps = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(steps.count { $0 > 1_000_000 } == 1, "one hole of a second")
        #expect(steps.count { $0 < 40_000 } == 58)
    }

    @Test(arguments: [0, 2_300_000] as [Int64])
    func unfinishedFilesAreReadAsFinishedOnes(time: Int64) async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 120, keyframeInterval: 0.5)
        let audio = try EncodedStream.tone(milliseconds: 4000)
        stage.recorder.joined(participant: "ada", name: "Ada")
        add(stage, "ada", [(1, video), (2, audio)], at: stage.manual.now().nanoseconds / 1000, seconds: 4)
        stage.play([(1, video), (2, audio)])
        let written = try await growing(stage)
        written.seek(to: time)
        let early = items(written)
        await stage.finish()
        let finished = try source(stage)
        finished.seek(to: time)
        let complete = items(finished)
        for kind in MediaKind.allCases {
            let (some, all) = (times(early, "ada", kind), times(complete, "ada", kind))
            #expect(!some.isEmpty && Array(all.prefix(some.count)) == some, "\(kind)")
        }
        withExtendedLifetime(stage) {}
    }

    /// The meeting while it is recorded, once the file holds 3 s.
    private func growing(_ stage: MeetingStage) async throws -> ReplaySource {
        for _ in 0..<1000 {
            if let entry = try? ArchiveCatalogue(path: stage.folder.path + "/archive").meetings.first {
                let source = try ReplaySource(folder: entry.folder, manifest: entry.manifest)
                let read = times(items(source), "ada", .video)
                if let last = read.last, last > 3_000_000 { return source }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw CancellationError()
    }
}

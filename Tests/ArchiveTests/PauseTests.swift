import Archive
import FoundationEssentials
import Media
import MediaTesting
import Testing

/// A pause is in no recording, and everybody is in sync behind it as before.
@Suite("Pause", .timeLimit(.minutes(1)))
struct PauseTests {
    private static let second: Int64 = 1_000_000_000
    /// What rounding to ticks and microseconds leaves, microseconds.
    private static let rounding: Int64 = 50
    /// What the beep detector and Opus leave of exactness, in seconds.
    private static let syncTolerance = 0.005

    /// Somebody with pictures, a keyframe each half second, and sound.
    private struct Person {
        let name: String
        let tracks: [(number: UInt32, stream: EncodedStream)]
        /// Nanoseconds of the meeting at which the time stamps begin.
        let origin: Int64

        /// Nanoseconds of the meeting at which a packet was captured.
        func capture(_ packet: Packet, _ stream: EncodedStream) -> Int64 {
            stream.description.timeBase.rescale(packet.pts, to: .nanoseconds) + origin
        }

        /// Their packets that were captured between two instants, nanoseconds of the meeting.
        func captured(_ range: Range<Int64>) -> [(track: UInt32, stream: EncodedStream)] {
            tracks.map { number, stream in
                let packets = stream.packets.filter { range.contains(capture($0, stream)) }
                return (number, EncodedStream(description: stream.description, packets: packets))
            }
        }
    }

    private static let streams = Result {
        (
            video: try EncodedStream.pattern(count: 180, keyframeInterval: 0.5),
            audio: try EncodedStream.tone(milliseconds: 6000)
        )
    }

    /// Ada is there from the beginning, Bob's source begins 0.7 s later.
    private func people() throws -> [Person] {
        let (video, audio) = try Self.streams.get()
        return [
            Person(name: "Ada", tracks: [(1, video), (2, audio)], origin: 0),
            Person(name: "Bob", tracks: [(3, video), (4, audio)], origin: 700_000_000),
        ]
    }

    private func join(_ people: [Person], _ stage: MeetingStage) {
        for person in people {
            let id = person.name.lowercased()
            stage.recorder.joined(participant: id, name: person.name)
            for (track, stream) in person.tracks {
                stage.recorder.trackAdded(track, participant: id, description: stream.description)
            }
        }
    }

    /// The meeting goes on up to `end`: each tenth of a second what was captured in it comes, with what the publishers
    /// say of their clocks.
    private func live(
        _ people: [Person], _ stage: MeetingStage, until end: Double, after action: MeetingRecorder.Action
    ) async {
        // The manual clock begins at 100 s.
        let zero = 100 * Self.second
        while true {
            let now = stage.manual.now().nanoseconds - zero
            guard now < Int64(end * 1e9) else { return }
            for person in people {
                for (track, stream) in person.captured(
                    (now == 0 ? -Self.second : now)..<now + Self.second / 10)
                {
                    let base = stream.description.timeBase
                    let pts = TimeBase.nanoseconds.rescale(now - person.origin, to: base)
                    let captured = base.rescale(pts, to: .nanoseconds) + person.origin + zero
                    stage.recorder.clock(track, pts: pts, serverTime: captured / 1000)
                    stage.play([(track, stream)])
                }
            }
            await stage.settle(action)
            stage.manual.advance(by: Self.second / 10)
        }
    }

    /// Recorded up to 2 s, paused to 4.2 s, recorded up to 6 s.
    private func record() async throws -> (stage: MeetingStage, people: [Person]) {
        let stage = try MeetingStage()
        let people = try people()
        join(people, stage)
        await live(people, stage, until: 2, after: .start)
        await stage.ask(.pause)
        #expect(stage.said.states == [.paused] && stage.said.reasons == ["Ada paused it"])
        await live(people, stage, until: 4.2, after: .pause)
        await stage.ask(.start)
        #expect(stage.said.states == [.paused, .recording] && stage.said.reasons.last == "Ada resumed it")
        await live(people, stage, until: 6, after: .start)
        await stage.finish()
        return (stage, people)
    }

    @Test func aPauseShiftsAllTracksOfAllPeopleAlike() async throws {
        let (stage, people) = try await record()
        let entry = try stage.meeting()
        let source = try ReplaySource(folder: entry.folder, manifest: entry.manifest)
        var found: [String: [Int64]] = [:]
        while let item = source.next() {
            guard case .packet(let track, let packet) = item.event else { continue }
            found["\(track.participant) \(track.media.kind)", default: []].append(
                track.meetingTime(of: packet.pts))
        }
        for person in people {
            for (_, stream) in person.tracks {
                // When each was captured on the meeting's time line: 2.2 s less behind the pause.
                let captured = stream.packets.map { person.capture($0, stream) / 1000 }
                let before = captured.filter { $0 < 2_000_000 }
                let after = captured.filter { (4_200_000..<6_000_000).contains($0) }
                let times = try #require(found["\(person.name.lowercased()) \(stream.description.kind)"])
                let first = try #require(times.firstIndex { $0 >= 2_000_000 })
                #expect(first == before.count, "\(person.name) \(stream.description.kind)")
                for (time, expected) in zip(times, before) {
                    #expect(abs(time - expected) <= Self.rounding)
                }
                // It goes on at the first keyframe.
                let behind = Array(times[first...])
                let expected = after.suffix(behind.count).map { $0 - 2_200_000 }
                #expect(zip(behind, expected).allSatisfy { abs($0 - $1) <= Self.rounding }, "\(person.name)")
                #expect(after.count - behind.count <= 25, "half a second of sound at most")
            }
        }
        withExtendedLifetime(stage) {}
    }

    @Test func thePauseIsInNoFileAndEachDecodes() async throws {
        let (stage, people) = try await record()
        let manifest = try stage.meeting().manifest
        #expect(
            manifest.segments.map(\.file).sorted() == [
                "ada-camera-1.mp4", "ada-camera-2.mp4", "bob-camera-1.mp4", "bob-camera-2.mp4",
            ])
        for person in people {
            let id = person.name.lowercased()
            let (first, second) = (
                try stage.probe("\(id)-camera-1.mp4"), try stage.probe("\(id)-camera-2.mp4")
            )
            let captured = first.pictures.map { Double($0.index) / 30 + Double(person.origin) / 1e9 }
            #expect(captured.allSatisfy { $0 < 2.001 } && first.holes.isEmpty)
            let later = second.pictures.map { Double($0.index) / 30 + Double(person.origin) / 1e9 }
            #expect(later.allSatisfy { $0 >= 4.199 } && second.holes.isEmpty)
            let begin = try #require(later.first)
            #expect(begin < 4.71, "the first keyframe behind the pause")
            for probe in [first, second] {
                #expect(probe.startsWithKeyframe && probe.damaged == 0 && probe.unreadable == 0)
                #expect(!probe.offsets.isEmpty)
                #expect(probe.offsets.allSatisfy { abs($0) < Self.syncTolerance }, "\(probe.offsets)")
            }
            for file in ["\(id)-camera-1.mp4", "\(id)-camera-2.mp4"] {
                #expect(try MediaProgram.complaints(about: stage.path(file)) == "")
            }
        }
    }

    @Test func theJournalStandsStillInAPause() async throws {
        let stage = try MeetingStage()
        let people = try people()
        join(people, stage)
        await live(people, stage, until: 1, after: .start)
        await stage.ask(.pause)
        stage.manual.advance(by: Self.second / 2)
        stage.recorder.joined(participant: "cleo", name: "Cleo")
        stage.recorder.chat(participant: "cleo", name: "Cleo", text: "off the record", wall: 1)
        await stage.settle(.pause)
        stage.manual.advance(by: Self.second / 2)
        await stage.ask(.start)
        stage.manual.advance(by: Self.second / 4)
        stage.recorder.chat(participant: "cleo", name: "Cleo", text: "on the record", wall: 1)
        await stage.finish()
        let journal = try stage.journal()
        func time(_ event: String) -> Int64? { journal.last { $0.event == event }?.time }
        #expect([time("pause"), time("join"), time("record")] == [1_000_000, 1_000_000, 1_000_000])
        #expect(journal.filter { $0.event == "chat" }.map(\.text) == ["on the record"])
        #expect(time("chat") == 1_250_000)
        let walls = journal.filter { ["pause", "record"].contains($0.event) }.compactMap(\.wall)
        #expect(walls.count == 2 && walls[1] - walls[0] == 1_000_000, "the wall clock went on")
        let manifest = try stage.meeting().manifest
        #expect(manifest.participants.last?.joined == 1_000_000)
        #expect(manifest.ended == "2023-11-14T22:13:22.250Z", "by the wall clock, the pause included")
    }

    /// Who is away when it begins lacks what was recorded up to there, and nothing of the pause.
    @Test func aPauseIsNoPartOfAGap() async throws {
        let stage = try MeetingStage()
        let people = try people()
        join(people, stage)
        await live(people, stage, until: 1, after: .start)
        stage.recorder.away(participant: "bob", time: stage.manual.clock.now())
        await live(Array(people.prefix(1)), stage, until: 2, after: .start)
        await stage.ask(.pause)
        stage.manual.advance(by: Self.second)
        await stage.ask(.start)
        stage.manual.advance(by: Self.second / 4)
        stage.recorder.returned(participant: "bob", time: stage.manual.clock.now())
        await stage.finish()
        let gaps = try stage.journal().filter { $0.event == "gap" }
        #expect(gaps.map(\.participant) == ["bob", "bob"])
        // The first counts from the last packet that came, a tenth of a second before.
        #expect(gaps.map(\.duration) == [1_100_000, 250_000])
        #expect(gaps.map(\.time) == [2_000_000, 2_250_000])
    }

    /// What was captured in the pause and is still on its way when it ends, is of the pause.
    @Test func latecomersOfThePauseAreLeftOut() async throws {
        let stage = try MeetingStage()
        let people = try people()
        join(people, stage)
        await live(people, stage, until: 1, after: .start)
        await stage.ask(.pause)
        stage.manual.advance(by: Self.second + Self.second / 10)
        await stage.ask(.start)
        for person in people {
            // From 0.2 s before the end of the pause on, a keyframe among it.
            for (track, stream) in person.captured(1_900_000_000..<4_000_000_000) {
                stage.play([(track, stream)])
            }
        }
        await stage.finish()
        for person in people {
            let probe = try stage.probe("\(person.name.lowercased())-camera-2.mp4")
            let first = try #require(probe.pictures.first)
            #expect(
                Double(first.index) / 30 + Double(person.origin) / 1e9 >= 2.099, "\(person.name) \(first)")
            #expect(first.index % 15 == 0 && probe.holes.isEmpty)
        }
    }

    /// Stopped in a pause, the time goes on; what was said in it is not in what a start begins with.
    @Test func stoppingInAPauseEndsItWithoutKeepingIt() async throws {
        let stage = try MeetingStage()
        let people = Array(try people().prefix(1))
        join(people, stage)
        await live(people, stage, until: 1, after: .start)
        await stage.ask(.pause)
        await live(people, stage, until: 2.8, after: .pause)
        await stage.ask(.stop)
        await live(people, stage, until: 3.4, after: .stop)
        await stage.ask(.start)
        await live(people, stage, until: 5, after: .start)
        await stage.finish()
        #expect(stage.said.states == [.paused, .stopped, .recording, .stopped])
        let probe = try stage.probe("ada-camera-2.mp4")
        #expect(probe.pictures.map(\.index) == Array(90..<150), "from the keyframe at 3 s on")
        let journal = try stage.journal()
        let times = ["pause", "stop", "record"].map { name in journal.first { $0.event == name }?.time }
        #expect(times == [1_000_000, 1_000_000, 1_600_000])
        let start = try #require(try stage.meeting().manifest.segments.last?.start)
        #expect(abs(start - 1_200_000) <= 20_000, "3 s less the pause of 1.8 s: \(start)")
    }

    @Test(arguments: [false, true])
    func aCrashLosesNeitherThePauseNorWhatIsBehindIt(isPaused: Bool) async throws {
        let stage = try MeetingStage()
        let people = try people()
        join(people, stage)
        await live(people, stage, until: 1, after: .start)
        await stage.ask(.pause)
        stage.manual.advance(by: Self.second)
        if !isPaused {
            await stage.ask(.start)
            await live(people, stage, until: 4, after: .start)
        }
        let copy = try stage.copyWhileItGoesOn()
        await stage.finish()
        var problems: [String] = []
        #expect(
            try MeetingRecovery.recoverAll(archive: copy) {
                if let text = $0.problem { problems.append(text) }
            } == 1)
        #expect(problems.isEmpty)
        let entry = try #require(try ArchiveCatalogue(path: copy).meetings.first)
        #expect(entry.manifest.segments.count == (isPaused ? 2 : 4))
        #expect(entry.manifest.segments.allSatisfy { $0.state == .finalised })
        let verified = MeetingVerifier(folder: entry.folder, addingDigests: true)
        #expect(verified.findings.isEmpty, "\(verified.findings)")
        let original = try stage.meeting().manifest
        #expect(entry.manifest.segments.map(\.start) == original.segments.map(\.start))
        // The wall clock of the last thing that is known, the pause included where it was over.
        let ended = try #require(entry.manifest.ended)
        #expect(ended.hasPrefix(isPaused ? "2023-11-14T22:13:21" : "2023-11-14T22:13:2") && ended.count == 24)
        if !isPaused { #expect(ended >= "2023-11-14T22:13:23.000Z", "\(ended)") }
        let source = try ReplaySource(folder: entry.folder, manifest: entry.manifest)
        var last = Int64.min
        while let item = source.next() {
            #expect(item.time >= last)
            last = item.time
        }
        #expect(source.problems.isEmpty)
        #expect(try ArchiveIndex(archive: copy).meetings(MeetingFilter()).count == 1)
    }
}

import Archive
import FoundationEssentials
import Logging
import Media
import MediaTesting
import Testing

/// What many peers, or one, can cause in the recorder is bounded, and recovers by itself.
@Suite("Recorder under a flood", .timeLimit(.minutes(2)))
struct FloodTests {
    private static let second: Int64 = 1_000_000_000
    private static let days: Int64 = 86_400 * second

    /// A meeting whose recorder is held up until `gate` is closed.
    private func held(_ gate: Mailbox<Int>, queueBytes: Int = 1 << 20) async throws -> (
        MeetingStage, EncodedStream
    ) {
        let video = try EncodedStream.pattern(count: 120, keyframeInterval: 1)
        let stage = try MeetingStage(queueBytes: queueBytes, gate: gate)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.recorder.packet(1, video.packets[1])
        while stage.said.keyframeRequests.isEmpty { await Task.yield() }
        return (stage, video)
    }

    @Test func linesOfChatThatFindNoRoomAreCounted() async throws {
        let gate = Mailbox<Int>(capacity: 1)
        let (stage, _) = try await held(gate)
        let text = String(repeating: "x", count: 1000)
        for _ in 0..<5000 { stage.recorder.chat(participant: "p1", name: "Ada", text: text, wall: 1) }
        gate.close()
        await stage.settle()
        stage.recorder.chat(participant: "p1", name: "Ada", text: "the last", wall: 1)
        await stage.finish()
        let journal = try stage.journal()
        let lines = journal.filter { $0.event == "chat" }
        let missing = journal.filter { $0.event == "gap" && $0.reason?.contains("chat") == true }
        #expect(lines.count < 600 && lines.last?.text == "the last")
        #expect(lines.count + missing.compactMap(\.packets).reduce(0, +) == 5001)
    }

    @Test func whoCameWhileThereWasNoRoomIsRecordedFromTheNextKeyframeOn() async throws {
        let gate = Mailbox<Int>(capacity: 1)
        let (stage, video) = try await held(gate)
        for number in 0..<20_000 {
            stage.recorder.joined(participant: "guest\(number)", name: "Guest")
            stage.recorder.left(participant: "guest\(number)", reason: "bye")
        }
        stage.recorder.joined(participant: "late", name: "Late")
        stage.recorder.trackAdded(2, participant: "late", description: video.description)
        stage.recorder.packet(2, video.packets[0])
        gate.close()
        // Where there is no room yet, what is asked for is refused at once, and waits for nothing.
        var isRefused = true
        while isRefused {
            await stage.settle()
            isRefused = if case .refused = stage.said.answers.last?.answer { true } else { false }
        }
        stage.play([(2, EncodedStream(description: video.description, packets: Array(video.packets[10...])))])
        await stage.finish()
        let manifest = try stage.meeting().manifest
        #expect(manifest.participants.contains { $0.name == "Late" })
        #expect(try stage.probe("late-camera-1.mp4").pictures.map(\.index) == Array(30..<120))
        // The one that found no room, and those that refer to it.
        let gaps = try stage.journal().filter { $0.event == "gap" && $0.participant == "late" }
        #expect((1...21).contains(gaps.compactMap(\.packets).reduce(0, +)), "\(gaps)")
    }

    /// Whoever leaves and comes back has the files that were left, and no more.
    @Test func aNewConnectionFromTheSameAddressGoesOnWithTheOldAllowance() async throws {
        let stage = try MeetingStage()
        let sizes = try [64, 96].map { try EncodedStream.pattern(width: $0, height: 64, count: 1) }
        let victim = try EncodedStream.pattern(count: 60)
        stage.recorder.joined(participant: "good", name: "Good", address: 7)
        stage.recorder.trackAdded(100, participant: "good", description: victim.description)
        for visit: UInt32 in 0..<4 {
            let name = "bad\(visit)"
            stage.recorder.joined(participant: name, name: name, address: 7)
            stage.recorder.trackAdded(visit, participant: name, description: sizes[0].description)
            for round in 0..<40 {
                var packet = sizes[round % 2].packets[0]
                (packet.pts, packet.dts) = (Int64(round) * 3000, Int64(round) * 3000)
                stage.recorder.packet(visit, packet)
            }
            stage.recorder.trackRemoved(visit)
            stage.recorder.left(participant: name, reason: "bye")
        }
        stage.play([(100, victim)])
        await stage.finish()
        let files = try stage.meeting().manifest.segments.map(\.file)
        #expect(files.count { $0.hasPrefix("bad") } <= 32, "\(files.count)")
        #expect(try stage.probe("good-camera-1.mp4").pictures.count == 60)
    }

    /// A room costs no thread, and one in which nobody does anything next to nothing.
    @Test func tenThousandRoomsTakeNoThreads() async throws {
        let folder = try TemporaryFolder()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let store = try ArchiveStore(
            ArchiveConfiguration(path: folder.path + "/archive", warnBelowBytes: 0, stopBelowBytes: 0),
            software: [:], logger: logger)
        func threads() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
        }
        let before = try threads()
        let callbacks = RecorderCallbacks(requestKeyframe: { _ in }, stateChanged: { _, _ in })
        let audio = try EncodedStream.tone(milliseconds: 200)
        let rooms = (0..<10_000).map {
            store.record(room: "room\($0)", callbacks: callbacks, records: $0 < 50)
        }
        for (number, room) in rooms.enumerated() {
            room.joined(participant: "ada", name: "Ada")
            guard number < 50 else { continue }
            room.trackAdded(1, participant: "ada", description: audio.description)
            for packet in audio.packets { room.packet(1, packet) }
        }
        // Others of this process come and go.
        #expect(try threads() < before + 50)
        await store.finish()
        let meetings = try ArchiveCatalogue(path: store.path).meetings
        #expect(meetings.count == 50)
        #expect(
            meetings.allSatisfy { $0.manifest.segments.first?.tracks.first?.packets == audio.packets.count })
    }

    /// Time stamps may be anything; a recording is as long as it took.
    @Test func aJumpOfElevenDaysMakesNoMeetingOfElevenDays() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 60)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        let now = stage.manual.now().nanoseconds / 1000
        stage.recorder.clock(1, pts: 0, serverTime: now)
        stage.play([(1, video)])
        await stage.advance(seconds: 2)
        for (number, jump) in [11 * Self.days, 22 * Self.days, 50 * Self.second + 22 * Self.days].enumerated()
        {
            stage.play([(1, video.shifted(byNanoseconds: jump))])
            // The clock agrees with the time stamps, and not with what is seen.
            stage.recorder.clock(1, pts: 0, serverTime: now + Int64(number) * 11 * Self.days / 1000)
            await stage.advance(seconds: 2)
        }
        await stage.finish()
        let segments = try stage.meeting().manifest.segments
        let end = segments.map { $0.start + $0.duration }.max() ?? 0
        #expect(segments.reduce(0) { $0 + ($1.tracks.first?.packets ?? 0) } == 240)
        #expect(segments.allSatisfy { $0.start >= 0 } && end < 120_000_000, "\(end)")
        let times = try stage.journal().map(\.time)
        #expect(times.allSatisfy { (0..<120_000_000).contains($0) }, "\(times.max() ?? 0)")
    }

    @Test func descriptionsThatNoDecoderReadsSpoilNothingElse() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 30)
        var opus = try EncodedStream.tone(milliseconds: 1000)
        opus.description.codecConfiguration =
            Array("OpusHead".utf8) + [1, 200, 255, 255, 0, 0, 0, 0, 0, 127, 255]
        var aac = opus
        aac.description = TrackDescription(
            codec: .aac, timeBase: .opus, format: .audio(.init(sampleRate: 48_000, channels: 1)),
            source: "camera", codecConfiguration: [0xFF])
        stage.recorder.joined(participant: "p1", name: "Ada")
        for (track, stream) in [(1, video), (2, opus), (3, aac)] as [(UInt32, EncodedStream)] {
            stage.recorder.trackAdded(track, participant: "p1", description: stream.description)
        }
        stage.play([(1, video), (2, opus), (3, aac)])
        await stage.finish()
        let probe = try stage.probe("p1-camera-1.mp4")
        #expect(probe.pictures.count == 30 && probe.audioPackets == opus.packets.count)
        #expect(try MediaProgram.complaints(about: stage.path("p1-camera-1.mp4")) == "")
        let gaps = try stage.journal().filter { $0.event == "gap" }
        #expect(gaps.allSatisfy { $0.track == 3 && $0.reason?.contains("decoder") == true })
        #expect(gaps.compactMap(\.packets).reduce(0, +) == aac.packets.count)
    }

    @Test func picturesWhoseParametersCannotBeReadAreMissingForThatReason() async throws {
        let stage = try MeetingStage()
        var video = try EncodedStream.pattern(count: 60)
        let sets = try #require(video.configuration)
        var bytes = video.packets[0].bytes()
        let start = try #require(bytes.firstRange(of: sets.sequenceParameterSets[0]))
        for index in start.dropFirst(4) { bytes[index] = 0 }
        video.packets[0].payload = bytes
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.play([(1, video)])
        await stage.finish()
        #expect(try stage.probe("p1-camera-1.mp4").pictures.map(\.index) == Array(30..<60))
        let gaps = try stage.journal().filter { $0.event == "gap" }
        // In one line or, where the recorder has looked in between, in two.
        #expect(gaps.compactMap(\.packets).reduce(0, +) == 30)
        #expect(gaps.allSatisfy { $0.reason == "its parameter sets cannot be read" })
        #expect(stage.said.states == [.stopped], "the disk is not to blame")
    }

    /// The network vanished at 2 s, which was noticed when the publisher came back at 8 s.
    @Test func aConnectionThatWasLostUnnoticedIsMissedFromItsLastPacketOn() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 120)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        for (number, packet) in video.packets[..<60].enumerated() {
            stage.recorder.packet(1, packet, sequence: UInt32(number))
        }
        await stage.advance(seconds: 6)
        let time = stage.manual.now()
        stage.recorder.away(participant: "p1", time: time)
        stage.recorder.returned(participant: "p1", time: time)
        for (number, packet) in video.packets[60...].enumerated() {
            stage.recorder.packet(1, packet, sequence: UInt32(240 + number))
        }
        await stage.finish()
        let gaps = try stage.journal().filter { $0.event == "gap" }
        #expect(gaps.compactMap(\.duration) == [6_000_000])
        #expect(gaps.filter { $0.track == 1 }.map(\.packets) == [180])
    }
}

import Archive
import FoundationEssentials
import Media
import MediaTesting
import Testing

/// Recording that is started and stopped while a meeting lasts.
@Suite("Recording control", .timeLimit(.minutes(1)))
struct ControlTests {
    private static let second: Int64 = 1_000_000_000
    /// What the beep detector and Opus leave of exactness, in seconds.
    private static let syncTolerance = 0.005
    /// Samples of Opus that a packet lasts: sound begins with the first packet behind the picture.
    private static let soundPacket = 0.020

    /// Ada's pictures, a keyframe each second, and her sound. Time stamp 0 is the meeting's beginning.
    private struct Ada {
        let video: EncodedStream
        let audio: EncodedStream

        init(seconds: Int) throws {
            video = try EncodedStream.pattern(count: 30 * seconds)
            audio = try EncodedStream.tone(milliseconds: 1000 * seconds)
        }

        func join(_ stage: MeetingStage) {
            let start = stage.manual.now().nanoseconds / 1000
            stage.recorder.joined(participant: "ada", name: "Ada")
            for (track, stream) in [(1, video), (2, audio)] as [(UInt32, EncodedStream)] {
                stage.recorder.trackAdded(track, participant: "ada", description: stream.description)
                stage.recorder.clock(track, pts: 0, serverTime: start)
            }
        }

        /// Sends what was captured between two times, in seconds, and lets the clock go there.
        func send(_ stage: MeetingStage, _ range: Range<Double>, after action: MeetingRecorder.Action) async {
            func part(_ stream: EncodedStream) -> EncodedStream {
                let packets = stream.packets.filter {
                    range.contains(stream.description.timeBase.seconds($0.pts))
                }
                return EncodedStream(description: stream.description, packets: packets)
            }
            stage.play([(1, part(video)), (2, part(audio))])
            await stage.settle(action)
            let length = Int64((range.upperBound - max(0, range.lowerBound)) * 1e9)
            stage.manual.advance(by: length)
        }
    }

    @Test func stoppingFinishesTheFilesAtOnceAndStartingBeginsWithTheCurrentPictures() async throws {
        let stage = try MeetingStage()
        let ada = try Ada(seconds: 4)
        ada.join(stage)
        await ada.send(stage, -1..<1.6, after: .start)
        await stage.ask(.stop)
        let stopped = try stage.meeting().manifest.segments
        #expect(stopped.map(\.state) == [.finalised], "finished although the meeting goes on")
        #expect(stage.said.states == [.stopped] && stage.said.reasons == ["Ada stopped it"])
        await ada.send(stage, 1.6..<2.5, after: .stop)
        let meanwhile = try stage.meeting().manifest.segments
        #expect(meanwhile.map(\.file) == stopped.map(\.file), "nothing is written meanwhile")
        #expect(meanwhile.map(\.bytes) == stopped.map(\.bytes))
        await stage.ask(.start)
        #expect(stage.said.states == [.stopped, .recording] && stage.said.reasons.last == "Ada started it")
        await ada.send(stage, 2.5..<4, after: .start)
        await stage.finish()

        let segments = try stage.meeting().manifest.segments
        #expect(segments.map(\.file) == ["ada-camera-1.mp4", "ada-camera-2.mp4"])
        #expect(try stage.probe("ada-camera-1.mp4").pictures.map(\.index) == Array(0..<48))
        let second = try stage.probe("ada-camera-2.mp4")
        // The GOP that lasted began at 2 s: half a second before it was asked for.
        #expect(second.pictures.map(\.index) == Array(60..<120))
        #expect(second.startsWithKeyframe && second.hasIncreasingTimes && second.damaged == 0)
        let sound = ada.audio.packets.filter { ada.audio.nanoseconds($0) >= 2 * Self.second }.count
        #expect(second.audioPackets == sound, "the sound of the same span")
        #expect(second.offsets.count == 2)
        #expect(second.offsets.allSatisfy { abs($0) < Self.syncTolerance }, "\(second.offsets)")
        let start = try #require(segments.last?.start)
        #expect(abs(start - 2_000_000) <= Int64(Self.soundPacket * 1e6), "\(start)")
        #expect(stage.said.keyframeRequests.isEmpty, "there is no wait for a keyframe")
        for file in segments.map(\.file) {
            #expect(try MediaProgram.complaints(about: stage.path(file)) == "")
        }
        let control = try stage.journal().filter { ["stop", "record"].contains($0.event) }
        #expect(control.map(\.event) == ["stop", "record"] && control.allSatisfy { $0.name == "Ada" })
        #expect(try !stage.journal().contains { $0.event == "gap" })
    }

    @Test(arguments: [
        // Nothing is wanted, the GOP is too old, or has too many bytes.
        (0.0, 64 << 20), (0.3, 64 << 20), (10, 20_000),
    ])
    func withoutPreRollARecordingBeginsAtTheNextKeyframe(seconds: Double, bytes: Int) async throws {
        let stage = try MeetingStage(records: false, preRollSeconds: seconds, preRollBytes: bytes)
        let ada = try Ada(seconds: 3)
        ada.join(stage)
        await ada.send(stage, -1..<0.5, after: .stop)
        await ada.send(stage, 0.5..<0.6, after: .stop)
        await stage.ask(.start)
        #expect(stage.said.keyframeRequests.first == 1, "asked for at once")
        await ada.send(stage, 0.6..<3, after: .start)
        await stage.finish()
        let probe = try stage.probe("ada-camera-1.mp4")
        #expect(probe.pictures.map(\.index) == Array(30..<90) && probe.startsWithKeyframe)
    }

    @Test func preRollGivesWayWhereTheServerIsShortOfMemory() async throws {
        let memory = MemoryBudget(bytes: 1 << 20)
        let others = MemoryCharge(.queue, budget: memory)
        others.set(900_000)
        #expect(!memory.hasRoom(for: .preRoll) && memory.hasRoom(for: .recorder))
        let stage = try MeetingStage(records: false, memory: memory)
        let ada = try Ada(seconds: 3)
        ada.join(stage)
        await ada.send(stage, -1..<0.6, after: .stop)
        await stage.ask(.start)
        await ada.send(stage, 0.6..<3, after: .start)
        await stage.finish()
        #expect(try stage.probe("ada-camera-1.mp4").pictures.map(\.index) == Array(30..<90))
        #expect(memory.used(for: .preRoll) == 0)
    }

    @Test func theSmallestRoomForPreRollIsThatOfTwiceTheGOP() async throws {
        let ada = try Ada(seconds: 2)
        let gop = ada.video.packets.prefix(18) + ada.audio.packets.filter { (0..<28_800).contains($0.pts) }
        // Each packet costs 128 bytes besides its own, and one source can have half.
        let needed = 2 * gop.reduce(0) { $0 + $1.payload.count + 128 }
        for (bytes, first) in [(needed, 0), (needed - 2, 30)] as [(Int, UInt32)] {
            let stage = try MeetingStage(records: false, preRollBytes: bytes)
            ada.join(stage)
            await ada.send(stage, 0..<0.6, after: .stop)
            await stage.ask(.start)
            await ada.send(stage, 0.6..<2, after: .start)
            await stage.finish()
            #expect(try stage.probe("ada-camera-1.mp4").pictures.first?.index == first, "\(bytes) bytes")
        }
    }

    @Test func aRoomThatNobodyAsksToRecordLeavesNothing() async throws {
        let stage = try MeetingStage(records: false)
        let ada = try Ada(seconds: 2)
        ada.join(stage)
        await ada.send(stage, -1..<2, after: .stop)
        stage.recorder.chat(participant: "ada", name: "Ada", text: "between us", wall: 1)
        await stage.settle(.stop)
        stage.recorder.left(participant: "ada", reason: "bye")
        await stage.finish()
        #expect(try ArchiveCatalogue(path: stage.store.path).meetings.isEmpty)
        #expect(stage.said.states.isEmpty, "off from beginning to end")
    }

    /// What was before is no part of the recording: neither its time, nor who had gone, nor what was written.
    @Test func aRecordingOnRequestBeginsWithTheFirstPictureKept() async throws {
        let stage = try MeetingStage(records: false)
        let ada = try Ada(seconds: 5)
        stage.recorder.joined(participant: "early", name: "Early")
        ada.join(stage)
        await ada.send(stage, 0..<2.5, after: .stop)
        stage.recorder.chat(participant: "ada", name: "Ada", text: "between us", wall: 1)
        stage.recorder.left(participant: "early", reason: "bye")
        await stage.ask(.start)
        await ada.send(stage, 2.5..<5, after: .start)
        stage.recorder.chat(participant: "ada", name: "Ada", text: "for all", wall: 2)
        await stage.finish()
        let entry = try stage.meeting()
        // The keyframe at 2 s was taken half a second before the request, 2 s after the meeting's beginning.
        #expect(entry.manifest.started == "2023-11-14T22:13:22.000Z")
        #expect(entry.manifest.meeting == "2023-11-14T22-13-22Z")
        #expect(entry.manifest.participants.map(\.name) == ["Ada"])
        #expect(entry.manifest.participants.first?.joined == 0)
        let start = try #require(entry.manifest.segments.first?.start)
        #expect((0...Int64(Self.soundPacket * 1e6)).contains(start), "\(start)")
        #expect(try stage.probe("ada-camera-1.mp4").pictures.map(\.index) == Array(60..<150))
        let journal = try stage.journal()
        #expect(journal.filter { $0.event == "chat" }.map(\.text) == ["for all"])
        #expect(journal.first { $0.event == "record" }?.time == 500_000)
        #expect(Set(journal.filter { $0.event == "track" }.map(\.track)) == [1, 2])
        #expect(MeetingVerifier(folder: entry.folder, addingDigests: true).findings.isEmpty)
    }

    @Test func aStopOfHoursLeavesOneFileBehindIt() async throws {
        let stage = try MeetingStage()
        let ada = try Ada(seconds: 2)
        ada.join(stage)
        await ada.send(stage, -1..<2, after: .start)
        await stage.ask(.stop)
        let hours: Int64 = 3 * 3600 * Self.second
        stage.manual.advance(by: hours)
        let later = [(1, ada.video), (2, ada.audio)].map { track, stream in
            (track: UInt32(track), stream: stream.shifted(byNanoseconds: hours))
        }
        stage.play(later)
        await stage.ask(.start)
        await stage.finish()
        #expect(try stage.meeting().manifest.segments.count == 2)
        let second = try stage.probe("ada-camera-2.mp4")
        #expect(second.pictures.map(\.index) == Array(30..<60))
        #expect(second.audioPackets >= 49 && second.damaged == 0)
    }

    @Test func whatIsSoAlreadyChangesNothingAndWhatCannotBeIsRefused() async throws {
        let stage = try MeetingStage()
        stage.recorder.control(.start, participant: "bob", name: "Bob")
        await stage.ask(.stop)
        stage.recorder.control(.stop, participant: "bob", name: "Bob")
        stage.recorder.control(.pause, participant: "bob", name: "Bob")
        await stage.ask(.start)
        let answers = stage.said.answers.filter { $0.participant == "bob" }.map(\.answer)
        #expect(answers.prefix(2) == [.unchanged, .unchanged] && answers.count == 3)
        guard case .refused(let reason)? = answers.last else {
            Issue.record("\(answers)")
            return
        }
        #expect(reason.contains("nothing to pause"))
        #expect(stage.said.states == [.stopped, .recording])
    }

    /// Each start makes everybody's next file: beyond some, it comes by itself a little later. Stopping is never held up.
    @Test func startingOverAndOverIsBoundedAndEndsAsItWasAskedFor() async throws {
        let stage = try MeetingStage(records: false)
        for _ in 0..<32 {
            await stage.ask(.start)
            await stage.ask(.stop)
        }
        #expect(stage.said.states.count == 64 && stage.said.answers.allSatisfy { $0.participant != "ada" })
        await stage.ask(.start)
        guard
            case .refused(let reason)? = stage.said.answers.first(where: { $0.participant == "ada" })?.answer
        else {
            Issue.record("the 33rd start within a moment is answered")
            return
        }
        #expect(reason.contains("by itself") && stage.said.states.last == .stopped)
        stage.manual.advance(by: 2 * Self.second)
        // Whatever wakes the recorder.
        stage.recorder.joined(participant: "bob", name: "Bob")
        while stage.said.states.last != .recording { await Task.yield() }
        #expect(stage.said.reasons.last == "Ada started it")
    }

    @Test func aStopTakesBackAStartThatIsStillToCome() async throws {
        let stage = try MeetingStage(records: false)
        for _ in 0..<33 {
            await stage.ask(.start)
            await stage.ask(.stop)
        }
        stage.manual.advance(by: 2 * Self.second)
        stage.recorder.joined(participant: "bob", name: "Bob")
        await stage.settle(.stop)
        #expect(stage.said.states.last == .stopped)
    }

    /// Half a second of a publisher that makes a keyframe each second and none when it is asked to.
    @Test func aStopAndAStartThatFollowOneAnotherLoseNothingBehindTheStart() async throws {
        let stage = try MeetingStage()
        let ada = try Ada(seconds: 4)
        ada.join(stage)
        await ada.send(stage, -1..<1.2, after: .start)
        await stage.ask(.stop)
        await ada.send(stage, 1.2..<1.7, after: .stop)
        await stage.ask(.start)
        await ada.send(stage, 1.7..<1.8, after: .start)
        // And once more within the same second.
        await stage.ask(.stop)
        await stage.ask(.start)
        await ada.send(stage, 1.8..<4, after: .start)
        await stage.finish()
        let files = try (1...3).map { try stage.probe("ada-camera-\($0).mp4") }
        #expect(files[0].pictures.map(\.index) == Array(0..<36))
        #expect(files[1].pictures.map(\.index) == Array(30..<54), "from the keyframe before the stop")
        #expect(files[2].pictures.map(\.index) == Array(30..<120))
        #expect(files.allSatisfy { $0.startsWithKeyframe && $0.damaged == 0 })
        let sound = files.reduce(0) { $0 + $1.audioPackets }
        #expect(sound == ada.audio.packets.count, "no sound twice, and none missing")
    }
}

import Archive
import FoundationEssentials
import Media
import MediaTesting
import Testing

@Suite("Journal and manifest", .timeLimit(.minutes(1)))
struct JournalTests {
    @Test func whatHappensIsInTheJournal() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 30)
        stage.recorder.joined(participant: "p1", name: "Ada \"A\"")
        stage.recorder.trackAdded(7, participant: "p1", description: video.description)
        stage.recorder.clock(7, pts: 90_000, serverTime: 101_000_000)
        stage.play([(7, video)])
        stage.recorder.chat(
            participant: "p1", name: "Ada \"A\"", text: "hello\nthere é", wall: 1_700_000_000_500_000)
        stage.recorder.trackRemoved(7)
        stage.recorder.left(participant: "p1", reason: "bye")
        await stage.finish()
        let lines = try stage.journal()
        #expect(
            Set(lines.map(\.event)) == [
                "start", "join", "track", "clock", "segment", "chat", "untrack", "leave", "end",
            ])
        let join = try #require(lines.first { $0.event == "join" })
        #expect((join.participant, join.name) == ("p1", "Ada \"A\""))
        let track = try #require(lines.first { $0.event == "track" })
        #expect((track.track, track.codec, track.source, track.participant) == (7, "h264", "camera", "p1"))
        let chat = try #require(lines.first { $0.event == "chat" })
        #expect((chat.text, chat.wall, chat.participant) == ("hello\nthere é", 1_700_000_000_500_000, "p1"))
        let clock = try #require(lines.first { $0.event == "clock" })
        // The manual clock begins at 100 s.
        #expect((clock.track, clock.pts, clock.time) == (7, 90_000, 1_000_000))
        #expect(lines.first { $0.event == "segment" }?.file == "p1-camera-1.mp4")
        #expect(lines.first { $0.event == "leave" }?.reason == "bye")
        #expect(lines.first?.event == "start" && lines.last?.event == "end")
        #expect(lines.first?.wall == 1_700_000_000_000_000)
    }

    @Test func chatAloneIsAMeeting() async throws {
        let stage = try MeetingStage()
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.chat(participant: "p1", name: "Ada", text: "anybody?", wall: 5)
        await stage.finish()
        #expect(try stage.journal().contains { $0.event == "chat" && $0.text == "anybody?" })
        #expect(try stage.meeting().manifest.segments.isEmpty)
    }

    @Test func theManifestTellsWhatIsThere() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 60)
        let audio = try EncodedStream.tone(milliseconds: 2000)
        stage.recorder.joined(participant: "p1", name: "Ada")
        for (track, stream) in [(1, video), (2, audio)] as [(UInt32, EncodedStream)] {
            stage.recorder.trackAdded(track, participant: "p1", description: stream.description)
            // Time 0 of both tracks is half a second after the meeting's beginning.
            stage.recorder.clock(track, pts: 0, serverTime: 100_500_000)
        }
        stage.play([(1, video), (2, audio)])
        stage.recorder.left(participant: "p1", reason: "bye")
        await stage.finish()
        let entry = try stage.meeting()
        let manifest = entry.manifest
        #expect(manifest.room == "room/1" && entry.folder.contains("/room_1/"))
        #expect(manifest.started == "2023-11-14T22:13:20.000Z")
        #expect(manifest.ended != nil)
        #expect(manifest.participants.map(\.name) == ["Ada"] && manifest.participants.first?.left != nil)
        #expect(manifest.software["convene"] == "test")
        #expect(manifest.software.count > 1, "FFmpeg's libraries are named")
        let segment = try #require(manifest.segments.first)
        #expect(manifest.segments.count == 1 && segment.state == .finalised && segment.number == 1)
        #expect((segment.participant, segment.source) == ("p1", "camera"))
        let path = try stage.path(segment.file)
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? UInt64
        #expect(size.map(Int64.init) == segment.bytes)
        #expect(abs(segment.duration - 2_000_000) < 50_000)
        // The file begins with the first sound, the encoder's delay before time 0.
        let delay = audio.nanoseconds(audio.packets[0]) / 1000
        #expect(abs(segment.start - (500_000 + delay)) <= 1)
        #expect(segment.tracks.map(\.kind) == ["video", "audio"])
        #expect(segment.tracks.map(\.packets) == [60, audio.packets.count])
        let (first, second) = (try #require(segment.tracks.first), try #require(segment.tracks.last))
        #expect((first.width, first.height, first.codec, first.sampleRate) == (320, 180, "h264", nil))
        #expect((second.sampleRate, second.channels, second.codec, second.width) == (48_000, 1, "opus", nil))
    }

    /// A room is recorded from the beginning; it is told what changes.
    @Test func theRoomIsToldThatRecordingHasEnded() async throws {
        let stage = try MeetingStage()
        let audio = try EncodedStream.tone(milliseconds: 100)
        stage.recorder.trackAdded(1, participant: "p1", description: audio.description)
        stage.play([(1, audio)])
        await stage.finish()
        #expect(stage.said.states == [.stopped])
    }

    @Test func meetingsOfTheSameSecondHaveFoldersOfTheirOwn() async throws {
        let stage = try MeetingStage()
        let callbacks = RecorderCallbacks(requestKeyframe: { _ in }, stateChanged: { _, _ in })
        let other = stage.store.record(room: "room/1", callbacks: callbacks)
        stage.recorder.chat(participant: "p1", name: "Ada", text: "one", wall: 1)
        other.chat(participant: "p1", name: "Ada", text: "two", wall: 1)
        await stage.finish()
        let meetings = try ArchiveCatalogue(path: stage.store.path).meetings
        #expect(Set(meetings.map(\.folder)).count == 2)
        let names = Set(meetings.map(\.manifest.meeting))
        #expect(names == ["2023-11-14T22-13-20Z", "2023-11-14T22-13-20Z-2"])
    }

    @Test func theCatalogueFindsMeetingsByName() async throws {
        let stage = try MeetingStage()
        stage.recorder.chat(participant: "p1", name: "Ada", text: "one", wall: 1)
        await stage.finish()
        let catalogue = try ArchiveCatalogue(path: stage.store.path)
        for name in ["last", "room/1", "2023-11-14T22-13-20Z", "room/1/2023-11-14T22-13-20Z"] {
            #expect(try catalogue.meeting(name).manifest.room == "room/1")
        }
        #expect { try catalogue.meeting("nowhere") } throws: { "\($0)".contains("nowhere") }
        #expect { try ArchiveCatalogue(path: "/nowhere/at/all") } throws: {
            "\($0)".contains("/nowhere/at/all")
        }
    }
}

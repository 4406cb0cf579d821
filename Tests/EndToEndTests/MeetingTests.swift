import Glibc
import MediaTesting
import Testing

extension EndToEnd {
    @Suite struct MeetingTests {
        /// From the time code to ready for display, milliseconds. A quiet machine takes some 10 ms; five encoders and
        /// decoders on two shared cores may wait for each other for several pictures (67 ms each).
        static let maximumLatency = 250.0
        /// From asking to the first decoded picture, milliseconds: what a person takes for "at once".
        static let maximumFirstPicture = 300.0
        /// Flash against beep as played, milliseconds, as for the archive.
        static let maximumOffset = ArchiveChecks.maximumOffset * 1000
        static let names = ["Ada", "Bob", "Cleo"]

        @Test(.timeLimit(.minutes(2)))
        func threePublishersAndTwoViewersLoseNothing() async throws {
            let meeting = try await Meeting.start()
            let early = try meeting.view("early")
            _ = try await meeting.server.line("the viewer", in: \.errors) { $0.contains("participant=early") }
            let publishers = try Self.names.map { try meeting.publish($0) }
            try await meeting.waitForRecording(of: "cleo", bytes: 40_000)
            let late = try meeting.view("late", ["--duration", "4"])
            // The viewers go while pictures still come: what they lack is not what was never sent.
            #expect(try await late.wait() == .exited(0), "\(late.errors)")
            early.signal(SIGINT)
            #expect(try await early.wait() == .exited(0), "\(early.errors)")
            for publisher in publishers {
                publisher.signal(SIGTERM)
                #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            }
            let reports = (early: try meeting.report("early"), late: try meeting.report("late"))
            try Self.check(reports.early)
            try Self.check(reports.late)
            for track in reports.late.videos {
                #expect(try #require(track.firstPicture) <= Self.maximumFirstPicture, "\(track)")
            }
            try await meeting.stop()
            for path in try meeting.recordings() {
                let probe = try await ArchiveChecks.pattern(path)
                #expect(probe.pictures.count >= Int(Meeting.rate * 5), "\(probe.pictures.count) pictures")
                try await ArchiveChecks.isFinished(path)
            }
            try Self.checkRecords(of: meeting)
        }

        private static func check(_ report: ViewReport) throws {
            #expect(report.videos.count == names.count && report.tracks.count == 2 * names.count)
            for track in report.tracks {
                #expect(track.packetsMissing == 0 && track.decodeErrors == 0, "\(track)")
            }
            for track in report.videos {
                #expect(track.framesMissing == 0, "\(track)")
                #expect(track.framesDecoded >= Int(Meeting.rate * 3), "\(track)")
                #expect(try #require(track.latency).p95 <= maximumLatency, "\(track)")
                #expect(try #require(track.avOffset).p95 <= maximumOffset, "\(track)")
            }
        }

        private static func checkRecords(of meeting: Meeting) throws {
            let manifest = try meeting.manifest()
            #expect(manifest.ended != nil && manifest.room == "room")
            #expect(Set(manifest.participants.map(\.name)) == Set(names + ["early", "late"]))
            #expect(manifest.participants.allSatisfy { $0.left != nil })
            #expect(manifest.segments.count == names.count)
            for segment in manifest.segments {
                #expect(
                    segment.state == .finalised && segment.tracks.map(\.kind).sorted() == ["audio", "video"])
                #expect(segment.tracks.allSatisfy { $0.packets > 0 })
            }
            let journal = try meeting.journal()
            for event in ["join", "leave"] {
                #expect(journal.count { $0.event == event } == names.count + 2, "\(event)")
            }
            #expect(journal.first?.event == "start" && journal.last?.event == "end")
            #expect(!journal.contains { $0.event == "gap" })
        }

        @Test(.timeLimit(.minutes(1)))
        func whatAPersonTypesReachesTheOthersAndTheJournal() async throws {
            let meeting = try await Meeting.start()
            let bob = try meeting.publish("Bob")
            let viewer = try meeting.view("Vera")
            let ada = try Meeting.convene(
                ["join", meeting.url(), "--name", "Ada", "--headless"] + Meeting.pattern)
            for other in [bob, viewer] {
                _ = try await other.line("the arrival of Ada") { $0.hasPrefix("* Ada ") }
            }
            let text = "Grüße, does everybody hear me?"
            ada.type(text)
            for other in [bob, viewer, ada] {
                _ = try await other.line("the chat") { $0.hasSuffix(" Ada: \(text)") }
            }
            try await meeting.waitForRecording(of: "ada")
            for person in [ada, viewer, bob] {
                person.signal(SIGTERM)
                #expect(try await person.wait() == .exited(0))
            }
            try await meeting.stop()
            let chat = try meeting.journal().filter { $0.event == "chat" }
            #expect(
                chat.map(\.text) == [text] && chat.map(\.participant) == ["ada"]
                    && chat.map(\.name) == ["Ada"])
            try await ArchiveChecks.decodes(try meeting.recording(of: "ada"))
        }
    }
}

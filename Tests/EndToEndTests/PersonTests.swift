import Foundation
import MediaTesting
import Testing

extension EndToEnd {
    /// What a person in a meeting can switch and say.
    @Suite struct PersonTests {
        /// Bytes of about a second of the pattern.
        static let second = 20_000

        private func join(_ meeting: Meeting, _ name: String, _ arguments: [String]) throws -> ChildProcess {
            try Meeting.convene(["join", meeting.url(), "--name", name, "--headless"] + arguments)
        }

        /// Waits until so much more of a participant is in the archive, in whatever file.
        private func grow(_ meeting: Meeting, by bytes: Int, files: Int = 1) async throws {
            func size() throws -> Int {
                try meeting.recordings().filter { $0.contains("/ada-") }.reduce(0) {
                    $0 + (try FileManager.default.attributesOfItem(atPath: $1)[.size] as? Int ?? 0)
                }
            }
            let before = (try? size()) ?? 0
            try await Wait.until("more of Ada's recording", seconds: 30) {
                guard let now = try? size(), let count = try? meeting.recordings().count else { return false }
                return now >= before + bytes && count >= files
            }
        }

        private func end(_ people: [ChildProcess]) async throws {
            for person in people {
                person.signal(SIGTERM)
                #expect(try await person.wait() == .exited(0), "\(person.errors)")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aMutedMicrophoneSendsNothingAndTheFileHasSilence() async throws {
            let meeting = try await Meeting.start()
            let viewer = try meeting.view("Vera")
            let ada = try join(meeting, "Ada", Meeting.pattern)
            try await grow(meeting, by: 3 * Self.second)
            ada.type("/mute")
            _ = try await viewer.line("the mute") { $0 == "* Ada is muted" }
            try await grow(meeting, by: 4 * Self.second)
            ada.type("/mute")
            _ = try await viewer.line("its end") { $0 == "* Ada is not muted any more" }
            try await grow(meeting, by: 3 * Self.second)
            try await end([ada, viewer])
            try await meeting.stop()
            let path = try meeting.recording(of: "ada")
            let probe = try await ArchiveChecks.pattern(path)
            // Beeps before and after, each with its flash, and none for some seconds between.
            let pauses = zip(probe.beeps, probe.beeps.dropFirst()).map { $1 - $0 }
            #expect(pauses.contains { $0 > 2.5 }, "\(probe.beeps)")
            #expect(probe.beeps.count >= 2 && probe.flashes.count > probe.beeps.count, "\(probe.beeps)")
            // The samples, one behind the other, last as long as the pictures.
            let raw = meeting.folder.path + "/sound.raw"
            try await FFmpeg.make(
                raw, ["-i", path, "-map", "0:a", "-ac", "1", "-ar", "48000", "-f", "s16le"])
            let bytes = try FileManager.default.attributesOfItem(atPath: raw)[.size] as? Int ?? 0
            let seconds = Double(bytes) / 96_000
            let pictures =
                try #require(probe.pictures.last).seconds - (try #require(probe.pictures.first)).seconds
            #expect(abs(seconds - pictures) < 0.5, "\(seconds) s of sound, \(pictures) s of pictures")
            // Nothing of it came to anybody: as many packets are missing in what was received as were not sent.
            #expect(try meeting.report("Vera").tracks.allSatisfy { $0.packetsMissing == 0 })
            #expect(!(try meeting.journal().contains { $0.event == "gap" }))
        }

        @Test(.timeLimit(.minutes(2)))
        func aCameraIsSwitchedOffAndOnAgain() async throws {
            let meeting = try await Meeting.start()
            let viewer = try meeting.view("Vera")
            let ada = try join(meeting, "Ada", Meeting.pattern)
            try await grow(meeting, by: 2 * Self.second)
            ada.type("/camera")
            try await Wait.until("the end of the pictures") {
                try meeting.journal().contains { $0.event == "untrack" }
            }
            ada.type("/camera")
            try await grow(meeting, by: 2 * Self.second, files: 2)
            try await end([ada, viewer])
            try await meeting.stop()
            let videos = try meeting.report("Vera").videos
            #expect(videos.count == 2 && videos.allSatisfy { $0.framesDecoded > 0 && $0.decodeErrors == 0 })
            for path in try meeting.recordings() {
                let probe = try await ArchiveChecks.decodes(path)
                #expect(!probe.pictures.isEmpty && probe.unreadable == 0)
                #expect(
                    probe.offsets.allSatisfy { abs($0) <= ArchiveChecks.maximumOffset }, "\(probe.offsets)")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func whoBeginsMutedAndWithoutPicturesIsHeardLater() async throws {
            let meeting = try await Meeting.start()
            let viewer = try meeting.view("Vera")
            let ada = try join(meeting, "Ada", Meeting.pattern + ["--muted", "--camera-off"])
            _ = try await viewer.line("the mute") { $0 == "* Ada is muted" }
            #expect((try? meeting.recordings()) ?? [] == [])
            ada.type("/mute")
            ada.type("/camera")
            try await grow(meeting, by: 3 * Self.second)
            try await end([ada, viewer])
            try await meeting.stop()
            for path in try meeting.recordings() { try await ArchiveChecks.decodes(path) }
            #expect(try meeting.report("Vera").tracks.map(\.kind).sorted() == ["audio", "video"])
        }

        @Test(.timeLimit(.minutes(1)))
        func commandsStayWithThePerson() async throws {
            let meeting = try await Meeting.start()
            let viewer = try meeting.view("Vera")
            let ada = try join(meeting, "Ada", ["--no-video", "--no-audio"])
            _ = try await viewer.line("Ada") { $0.hasPrefix("* Ada ") }
            for line in ["/help", "/nonsense", "/mute", "//etc", "over"] { ada.type(line) }
            _ = try await viewer.line("the last line") { $0.hasSuffix(" Ada: over") }
            let chat = viewer.output.split(separator: "\n").filter { $0.contains(" Ada: ") }
            #expect(chat.count == 2 && chat.first?.hasSuffix(" Ada: /etc") == true, "\(chat)")
            #expect(chat.allSatisfy { $0.split(separator: ":")[0].allSatisfy(\.isNumber) }, "\(chat)")
            #expect(
                ada.errors.contains("/camera") && ada.errors.contains("no command /nonsense"), "\(ada.errors)"
            )
            #expect(ada.errors.contains("you watch, and can write"), "\(ada.errors)")
            ada.type("/quit")
            #expect(try await ada.wait() == .exited(0))
            try await end([viewer])
            try await meeting.stop()
        }

        /// Without a camera nothing is sent as pictures: the test pattern is sent only where it is asked for.
        @Test(.timeLimit(.minutes(1)), .enabled(if: !FileManager.default.fileExists(atPath: "/dev/video0")))
        func withoutACameraThereIsSoundOnly() async throws {
            let meeting = try await Meeting.start()
            let ada = try meeting.publish("Ada", ["--tone"])
            try await meeting.waitForRecording(of: "ada", bytes: 4000)
            #expect(ada.errors.contains("no camera was found"), "\(ada.errors)")
            let nothing = try meeting.publish("Bob", ["--no-audio"])
            #expect(try await nothing.wait() == .exited(66), "\(nothing.errors)")
            #expect(nothing.errors.contains("--test-pattern"), "\(nothing.errors)")
            // A camera that is waited for does not hold the sound up.
            let patient = try meeting.publish("Cleo", ["--tone", "--wait-for-device"])
            try await meeting.waitForRecording(of: "cleo", bytes: 4000)
            try await end([ada, patient])
            #expect(patient.errors.contains("waiting for a camera"), "\(patient.errors)")
            try await meeting.stop()
            #expect(try ArchiveProbe(path: meeting.recording(of: "ada")).codecs == ["opus"])
        }

        /// What cannot be sent is told before anybody sees a person come and go.
        @Test(.timeLimit(.minutes(1)))
        func nobodySeesWhoCannotSend() async throws {
            let meeting = try await Meeting.start()
            let viewer = try meeting.view("Vera")
            let text = meeting.folder.path + "/text.mp4"
            try "no film".write(toFile: text, atomically: true, encoding: .utf8)
            for source in [
                ["--file", text], ["--camera", "/dev/video-none"],
                ["--microphone", "alsa:none", "--no-video"],
                ["--camera", "/dev/video-none", "--tone"],
            ] {
                for command in ["publish", "join"] {
                    let failed = try Meeting.convene(
                        [command, meeting.url(), "--name", "Eve"] + source
                            + (command == "join" ? ["--headless"] : []))
                    failed.closeInput()
                    #expect(try await failed.wait() == .exited(66), "\(source): \(failed.errors)")
                    // One line says why, without what the libraries write by themselves.
                    #expect(!failed.errors.contains("ALSA lib"), "\(failed.errors)")
                }
            }
            let bob = try meeting.publish("Bob")
            _ = try await viewer.line("Bob") { $0.hasPrefix("* Bob ") }
            #expect(!viewer.output.contains("Eve"), "\(viewer.output)")
            try await end([bob, viewer])
            try await meeting.stop()
        }
    }
}

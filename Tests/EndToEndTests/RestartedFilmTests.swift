import Archive
import Glibc
import MediaTesting
import Testing

extension EndToEnd {
    /// A restart of the server as a film and a replay show it.
    @Suite struct RestartedFilmTests {
        /// Pictures a second of an export.
        private static let rate: Int64 = 30
        /// Pictures for which what has just changed may not yet be seen: three of the publisher's.
        private static let margin = 6
        /// Pictures after which one that stays is dimmed: 1.5 s.
        private static let patience = 45

        /// Ada, whose server is away for some four seconds.
        private func record() async throws -> Meeting {
            let meeting = try await Meeting.start()
            let ada = try meeting.publish("Ada")
            try await meeting.waitForRecording(of: "ada", bytes: 40_000)
            meeting.server.signal(SIGTERM)
            #expect(try await meeting.server.wait() == .exited(0))
            try await Task.sleep(for: .seconds(4))
            let next = try Meeting.convene([
                "serve", "--listen", meeting.address, "--archive", meeting.archive,
            ])
            try await next.line("the return", in: \.errors) {
                $0.contains("joined") && $0.contains("participant=ada")
            }
            try await Task.sleep(for: .seconds(2))
            ada.signal(SIGTERM)
            #expect(try await ada.wait() == .exited(0), "\(ada.errors)")
            next.signal(SIGINT)
            #expect(try await next.wait() == .exited(0), "\(next.errors)")
            return meeting
        }

        @Test(.timeLimit(.minutes(2)))
        func theLastPictureStandsAndNobodyLeaves() async throws {
            let meeting = try await record()
            let path = meeting.folder.path + "/out.mp4"
            let export = try Meeting.convene([
                "export", "last", path, "--archive", meeting.archive, "--size", "1280x720", "--preset",
                "ultrafast",
            ])
            #expect(try await export.wait(seconds: 60) == .exited(0), "\(export.errors)")
            let files = try meeting.manifest().segments.sorted { $0.start < $1.start }
            try #require(files.count == 2)
            func picture(_ time: Int64) -> Int { Int((time - files[0].start) * Self.rate / 1_000_000) }
            let gap = picture(files[0].start + files[0].duration)..<picture(files[1].start)
            try #require(gap.count > 2 * Self.patience)
            let film = try Film(path)
            let last = try #require(film.pictures[gap.lowerBound - Self.margin].reading(1, 0)?.index)
            let dimmed = film.pictures[
                gap.lowerBound + Self.patience + Self.margin..<gap.upperBound - Self.margin
            ].map { $0.still(1, 0)?.index }
            #expect(dimmed.allSatisfy { $0 == dimmed.first && ($0 ?? 0) >= last }, "\(dimmed)")
            let after = film.pictures[(gap.upperBound + Self.margin)...].prefix(Int(Self.rate))
            #expect(after.allSatisfy { $0.reading(1, 0) != nil })

            let replay = try Meeting.convene([
                "replay", "last", "--archive", meeting.archive, "--headless", "--speed", "4",
            ])
            #expect(try await replay.wait() == .exited(0), "\(replay.errors)")
            let lines = replay.output.split(separator: "\n").filter { $0.hasPrefix("* Ada ") }
            #expect(lines.count { $0.hasSuffix(" left") } == 1, "\(lines)")
            #expect(lines.count { $0.hasSuffix(" joined") || $0.hasSuffix(" is here") } == 1, "\(lines)")
        }
    }
}

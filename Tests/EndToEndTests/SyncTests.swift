import Foundation
import MediaTesting
import Testing

extension EndToEnd {
    /// Whether people whose clocks drift, who come late, leave early or drop out are shown as they were at the same time.
    @Suite struct SyncTests {
        /// What is promised, milliseconds of capture time between any two participants at the 95th percentile.
        static let maximumDifference = 40
        /// Uncorrected, 4000 millionths are 80 ms after 20 s: far beyond what quartz does, so that a short meeting shows it.
        static let drift: Int64 = 4000
        static let length = 20
        /// Pictures around a coming, leaving or dropping out that are not compared: the scene changes there.
        static let margin = 6

        static let ada = StagedMeeting.Part(name: "Ada", range: 0..<length, hole: 8..<13, hasSound: true)
        static let bob = StagedMeeting.Part(name: "Bob", range: 0..<length, drift: drift)
        static let cleo = StagedMeeting.Part(name: "Cleo", range: 6..<15, drift: -drift)
        static let people = [ada, bob, cleo]

        private static func export(_ meeting: StagedMeeting) async throws -> String {
            let path = meeting.folder.path + "/out.mp4"
            let process = try Meeting.convene([
                "export", "last", path, "--archive", meeting.archive, "--size", "1280x720", "--preset",
                "ultrafast",
            ])
            #expect(try await process.wait(seconds: 60) == .exited(0), "\(process.errors)")
            return path
        }

        /// Pictures of a range of seconds, but for those at its edges.
        private static func within(_ range: Range<Int>) -> Range<Int> {
            range.lowerBound * StagedMeeting.rate + margin..<range.upperBound * StagedMeeting.rate - margin
        }

        private static func percentile95(_ values: [Int]) -> Int {
            let sorted = values.sorted()
            return sorted.isEmpty ? .max : sorted[(sorted.count * 95 + 99) / 100 - 1]
        }

        @Test(.timeLimit(.minutes(2)))
        func anExportShowsEverybodyAsTheyWereAtTheSameTime() async throws {
            let meeting = try await StagedMeeting(Self.people)
            let path = try await Self.export(meeting)
            let film = try Film(path)
            #expect(abs(film.pictures.count - Self.length * StagedMeeting.rate) <= 1)
            var differences: [[Int]: [Int]] = [:]
            for (index, picture) in film.pictures.enumerated() {
                let present = Self.people.indices.filter {
                    Self.within(Self.people[$0].range).contains(index)
                }
                let isChanging = Self.people.contains { person in
                    [person.range.lowerBound, person.range.upperBound].contains {
                        abs($0 * StagedMeeting.rate - index) <= Self.margin
                    }
                }
                guard !isChanging else { continue }
                let shown = present.enumerated().filter { !Self.isAway($0.element, index) }
                let times = try shown.map { place, person in
                    (
                        person,
                        Int(
                            try #require(
                                picture.reading(present.count, place), "picture \(index), tile \(place)"
                            ).time)
                    )
                }
                for (first, here) in times {
                    for (second, there) in times where second > first {
                        differences[[first, second], default: []].append(abs(here - there))
                    }
                }
            }
            #expect(differences.count == 3)
            for (pair, values) in differences {
                let worst = Self.percentile95(values)
                #expect(worst <= Self.maximumDifference, "\(pair): \(worst) ms")
            }
            try Self.standsStillWhileDroppedOut(film)
            try await Self.isSilentWhileDroppedOut(path, film)
        }

        /// Whether somebody has dropped out, or is about to, or has just come back.
        private static func isAway(_ person: Int, _ index: Int) -> Bool {
            guard let hole = people[person].hole else { return false }
            let rate = StagedMeeting.rate
            return (hole.lowerBound * rate - margin...hole.upperBound * rate + margin).contains(index)
        }

        /// The last picture before the hole: as it was first, then dimmed.
        private static func standsStillWhileDroppedOut(_ film: Film) throws {
            let hole = try #require(ada.hole)
            let shown = film.pictures[within(hole)].map { $0.reading(3, 0) ?? $0.still(3, 0) }
            let last = UInt32(hole.lowerBound * StagedMeeting.rate - 1)
            #expect(shown.allSatisfy { $0?.index == last }, "\(shown.map { $0?.index })")
            #expect(film.pictures[within(hole)].last?.still(3, 0) != nil)
        }

        /// One beep a second, at the flash, but not while Ada is away.
        private static func isSilentWhileDroppedOut(_ path: String, _ film: Film) async throws {
            let hole = try #require(ada.hole)
            let beeps = try ArchiveProbe(path: path).beeps
            #expect(beeps.count == length - hole.count, "\(beeps)")
            #expect(
                !beeps.contains { $0 > Double(hole.lowerBound) && $0 < Double(hole.upperBound) }, "\(beeps)")
        }

        @Test(.timeLimit(.minutes(2)))
        func theSoundOfADriftingClockStaysWithItsPictures() async throws {
            let bob = StagedMeeting.Part(
                name: "Bob", range: 0..<Self.length, drift: Self.drift, hasSound: true)
            let meeting = try await StagedMeeting([bob])
            let path = try await Self.export(meeting)
            let film = try Film(path)
            let beeps = try ArchiveProbe(path: path).beeps
            #expect(beeps.count == Self.length)
            for beep in beeps {
                // What is on display then says how long the flash has been there.
                let index = Int((beep * Double(StagedMeeting.rate)).rounded(.up))
                guard index < film.pictures.count else { continue }
                let reading = try #require(film.pictures[index].reading(1, 0), "picture \(index)")
                let since =
                    Double(reading.time % 1000) - (Double(index) / Double(StagedMeeting.rate) - beep) * 1000
                #expect(abs(since) <= Double(Self.maximumDifference), "\(beep): \(since) ms")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aReplayShowsEverybodyAsTheyWereAtTheSameTime() async throws {
            let meeting = try await StagedMeeting(Self.people)
            let path = meeting.folder.path + "/replay.json"
            let process = try Meeting.convene([
                "replay", "last", "--archive", meeting.archive, "--headless", "--stats", path,
            ])
            #expect(try await process.wait(seconds: 60) == .exited(0), "\(process.errors)")
            let report = try JSONDecoder().decode(
                ReplayTests.Report.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
            #expect(report.problems.isEmpty && report.pairs.count == 3, "\(report)")
            for pair in report.pairs {
                #expect(pair.sync.count >= 100, "\(pair)")
                #expect(pair.sync.p95 <= Double(Self.maximumDifference), "\(pair)")
            }
            for track in report.tracks where track.kind == "video" {
                #expect(track.packetsMissing == 0 && track.decodeErrors == 0, "\(track)")
            }
        }
    }
}

import App
import Media
import Testing

@Suite("Instants as people type them")
struct MomentTests {
    /// 2026-03-01T00:00:00Z in microseconds, a Sunday.
    private static let day: Int64 = 1_772_323_200_000_000
    private static let length: Int64 = 86_400_000_000
    private static let now = day + 10 * length + 45_000_000_000

    private func instant(_ text: String, isEnd: Bool = false) throws -> Int64 {
        try Moment.instant(text, option: "--from", isEnd: isEnd, now: Self.now, zone: .utc) - Self.day
    }

    @Test func aDayIsMeantAsAWhole() throws {
        #expect(try instant("2026-03-01") == 0)
        #expect(try instant("2026-03-01", isEnd: true) == Self.length)
    }

    @Test func timesMayHaveSecondsAndAZone() throws {
        #expect(try instant("2026-03-01T09:30") == 34_200_000_000)
        #expect(try instant("2026-03-01 09:30") == 34_200_000_000)
        #expect(try instant("2026-03-01 09:30", isEnd: true) == 34_260_000_000)
        #expect(try instant("2026-03-01T09:30:15") == 34_215_000_000)
        #expect(try instant("2026-03-01T09:30:15.250Z") == 34_215_250_000)
        #expect(try instant("2026-03-01T09:30:00+01:00") == 30_600_000_000)
        #expect(try instant("2026-03-01T09:30Z") == 34_200_000_000)
        #expect(try instant("2026-03-01T09:30+0100") == 30_600_000_000)
        #expect(try instant("2026-03-01 09:30 UTC") == 34_200_000_000)
    }

    @Test func daysHaveNames() throws {
        // Now is Wednesday, 2026-03-11, 12:30.
        #expect(try instant("today") == 10 * Self.length)
        #expect(try instant("yesterday") == 9 * Self.length)
        #expect(try instant("yesterday", isEnd: true) == 10 * Self.length)
        #expect(try instant("wednesday") == 10 * Self.length)
        #expect(try instant("Tuesday") == 9 * Self.length && instant("thu") == 4 * Self.length)
    }

    @Test func howLongAgo() throws {
        #expect(try instant("2d") == Self.now - Self.day - 2 * Self.length)
        #expect(try instant("90min") == Self.now - Self.day - 5_400_000_000)
    }

    @Test(arguments: [
        "", "someday", "7", "d", "-7d", "2026-13-01", "2026-02-30", "2026-03-01T25:00", "99999999999d", "1m",
        "2026-03-01T09", "2026-03-01T09:30Q", "2026-03-01T09:30+1", "2026-3-1", "mond",
    ])
    func whatIsNoTimeIsRefused(_ text: String) {
        #expect(throws: AppError.self) { try instant(text) }
    }

    @Test func aMinuteThatMayBeAMonthIsExplained() throws {
        let error = try #require(throws: AppError.self) { try instant("3m") }
        #expect(error.description.contains("3min") && error.description.contains("3mo"))
    }
}

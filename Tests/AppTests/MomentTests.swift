import App
import Testing

@Suite("Times and amounts as people type them")
struct MomentTests {
    /// 2026-03-01T00:00:00Z in microseconds.
    private static let day: Int64 = 1_772_323_200_000_000
    private static let now = day + 1_000_000_000_000

    private func instant(_ text: String, isEnd: Bool = false) throws -> Int64 {
        try Moment.instant(text, option: "--from", isEnd: isEnd, now: Self.now) - Self.day
    }

    @Test func aDayIsMeantAsAWhole() throws {
        #expect(try instant("2026-03-01") == 0)
        #expect(try instant("2026-03-01", isEnd: true) == 86_400_000_000)
    }

    @Test func timesAreUTCUnlessTheySayOtherwise() throws {
        #expect(try instant("2026-03-01T09:30") == 34_200_000_000)
        #expect(try instant("2026-03-01T09:30:15") == 34_215_000_000)
        #expect(try instant("2026-03-01T09:30:15.250Z") == 34_215_250_000)
        #expect(try instant("2026-03-01T09:30:00+01:00") == 30_600_000_000)
    }

    @Test func howLongAgo() throws {
        #expect(try instant("2d") == 1_000_000_000_000 - 172_800_000_000)
        #expect(Moment.seconds("2w") == 1_209_600 && Moment.seconds("90m") == 5400)
    }

    @Test(arguments: [
        "", "yesterday", "7", "d", "-7d", "2026-13-01", "2026-02-30", "2026-03-01T25:00", "99999999999d",
    ])
    func whatIsNoTimeIsRefused(_ text: String) {
        #expect(throws: AppError.self) { try instant(text) }
    }

    @Test func sizes() {
        #expect(Moment.bytes("20G") == 20_000_000_000 && Moment.bytes("1.5T") == 1_500_000_000_000)
        #expect(Moment.bytes("500") == 500 && Moment.bytes("500k") == 500_000)
        for text in ["", "G", "-1G", "1E30", "nan", "20 G"] { #expect(Moment.bytes(text) == nil) }
    }
}

import Media
import Testing

@Suite struct ClockTimeTests {
    @Test(arguments: [
        ("0", 0), ("90", 90_000_000), ("90s", 90_000_000), ("2.5", 2_500_000), ("12:30", 750_000_000),
        ("1:02:03.5", 3_723_500_000), ("0:00.040", 40_000),
    ])
    func aTimeMeansWhatPeopleWrite(text: String, microseconds: Int64) {
        #expect(ClockTime.parse(text) == microseconds)
    }

    @Test(arguments: [
        "", "-1", "1:60", "1:2:3:4", "1.5:30", "abc", "5m", "1:30s", ":30", "1:", "1e3", "nan", "99999999",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(ClockTime.parse(text) == nil)
    }

    @Test func aTimeIsShownInTenths() {
        #expect(ClockTime.text(750_049_000) == "12:30.0")
        #expect(ClockTime.text(3_723_500_000) == "1:02:03.5")
    }
}

import Media
import Testing

@Suite("Amounts and times as people write them")
struct TextTests {
    @Test(arguments: [
        ("20G", 20_000_000_000), ("20g", 20_000_000_000), ("20GB", 20_000_000_000),
        ("20 GB", 20_000_000_000), ("20GiB", 21_474_836_480), ("20gib", 21_474_836_480),
        ("1.5T", 1_500_000_000_000), ("500", 500), ("500B", 500), ("500k", 500_000), ("64MiB", 67_108_864),
        ("0", 0), ("1P", 1_000_000_000_000_000),
    ])
    func sizes(text: String, bytes: Int64) { #expect(ByteSize.parse(text) == bytes) }

    @Test(arguments: [
        "", "G", "-1G", "1E30", "nan", "inf", "0x10", "20 ", "20  G", "20GiBB", "20Gi", "iB", "1.2.3G", ".5G",
        "5.", "99999999999P", "20X", "20Gbit", "１２",
    ])
    func noSizes(text: String) { #expect(ByteSize.parse(text) == nil) }

    @Test(arguments: [
        ("2500000", 2_500_000), ("2500k", 2_500_000), ("2500K", 2_500_000), ("4m", 4_000_000),
        ("4M", 4_000_000), ("2.5M", 2_500_000), ("2.5Mbit/s", 2_500_000), ("96kbps", 96_000),
        ("96 kbit/s", 96_000), ("1G", 1_000_000_000),
    ])
    func bitRates(text: String, bits: Int) { #expect(BitRate.parse(text) == bits) }

    @Test(arguments: ["", "k", "-4M", "4MB", "4Mi", "1e6", "inf", "99999999999999999999G"])
    func noBitRates(text: String) { #expect(BitRate.parse(text) == nil) }

    @Test(arguments: [
        ("500ms", 500_000), ("45s", 45_000_000), ("30min", 1_800_000_000), ("12h", 43_200_000_000),
        ("1.5h", 5_400_000_000), ("90d", 7_776_000_000_000), ("2w", 1_209_600_000_000),
        ("1mo", 2_592_000_000_000), ("1y", 31_536_000_000_000), ("2 d", 172_800_000_000),
    ])
    func lengths(text: String, microseconds: Int64) { #expect(TimeSpan.parse(text) == microseconds) }

    @Test(arguments: ["", "7", "d", "1m", "1M", "-7d", "1e3s", "99999999999d", "1d2", "1month"])
    func noLengths(text: String) { #expect(TimeSpan.parse(text) == nil) }

    @Test func aNumberWithoutAUnitIsALengthOnlyWhereTheUnitIsClear() {
        #expect(TimeSpan.parse("2", bare: .second) == 2_000_000 && TimeSpan.parse("2") == nil)
        #expect(TimeSpan.hint("1m").contains("1min") && TimeSpan.hint("1m").contains("1mo"))
    }

    @Test func amountsArePrinted() {
        #expect(
            [999, 12_345, 12_345_678, 12_345_678_901, 12_345_678_901_234].map(ByteSize.text) == [
                "999 B", "12 kB", "12 MB", "12 GB", "12 TB",
            ])
        #expect(
            [500, 96_000, 2_500_000, 12_500_000].map(BitRate.text) == [
                "500 bit/s", "96 kbit/s", "2500 kbit/s", "12.5 Mbit/s",
            ])
        #expect(
            [250_000, 45_000_000, 720_000_000, 18_000_000_000, 1_036_800_000_000, -5].map(TimeSpan.text) == [
                "250 ms", "45 s", "12 min", "5 h", "12 days", "0 ms",
            ])
        #expect(
            DecimalText.fixed(3.14159, digits: 2) == "3.14" && DecimalText.fixed(-0.001, digits: 2) == "0.00")
        #expect(DecimalText.fixed(.nan, digits: 1) == "unknown")
        #expect(DecimalText.fixed(-.infinity, digits: 1) == "-infinite")
        #expect(DecimalText.fixed(2.5, digits: 0) == "3" && DecimalText.tenths(9.96) == "10.0")
    }

    @Test func datesAgreeWithTheCalendar() throws {
        let times: [(Int64, String)] = [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (1_772_323_200_250_000, "2026-03-01T00:00:00.250Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (.max, "9999-12-31T23:59:59.999Z"), (.min, "0001-01-01T00:00:00.000Z"),
        ]
        for (microseconds, text) in times { #expect(CivilTime(microseconds: microseconds).isoText == text) }
        // Each day of 800 years is the one after the day before, and is found again.
        var last = try #require(CivilTime(year: 1700, month: 1, day: 1))
        for _ in 0..<292_194 {
            let next = CivilTime(microseconds: last.microseconds + 86_400_000_000)
            #expect(next.weekday == (last.weekday + 1) % 7)
            #expect(CivilTime(year: next.year, month: next.month, day: next.day) == next)
            last = next
        }
        #expect(CivilTime.parse("2026-02-29") == nil && CivilTime.parse("2024-02-29") != nil)
    }

    @Test func jsonProblemsHaveAPlace() {
        func problem(_ text: String) -> String? {
            JSONSyntax.problem(Array(text.utf8)).map { "\($0.line):\($0.column) \($0.reason)" }
        }
        #expect(problem(#"{"a": [1, -2.5e3, "ü\n", true, null, {}]}"#) == nil)
        #expect(problem("{\n  \"a\": 1\n  \"b\": 2\n}") == "3:3 \",\" or \"}\" is missing")
        #expect(problem(#"{"ü": tru}"#) == "1:7 a value is missing")
        #expect(problem("{") == "1:2 it ends too early: a name in double quotes is missing")
        #expect(problem(#"{"a": 1,}"#) == "1:9 a name in double quotes is missing")
        #expect(problem(#"{"a": 1, "b": {"a": 2}}"#) == nil)
        #expect(problem(#"{"a": 1, "a": 2}"#) == #"1:10 "a" is there twice"#)
        #expect(problem("// hello") == "1:1 JSON has no comments")
        #expect(problem(#"{"a": "b"#) == "1:9 it ends too early: a text has no end")
        #expect(problem("{} x") == "1:4 nothing may follow here")
        #expect(problem(String(repeating: "[", count: 100_000))?.contains("nested too deeply") == true)
    }
}

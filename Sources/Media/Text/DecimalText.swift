/// Decimal numbers as people write and read them, the same in every locale.
public enum DecimalText {
    /// `12.34` for two digits behind the point. What is no number is `unknown`, `infinite` or `-infinite`.
    /// - Parameter digits: 0 to 9.
    public static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "unknown" : value < 0 ? "-infinite" : "infinite" }
        var scale: Int64 = 1
        for _ in 0..<min(max(0, digits), 9) { scale *= 10 }
        let scaled = (abs(value) * Double(scale)).rounded()
        guard scaled < 1e18 else { return "\(value)" }
        let units = Int64(scaled)
        let sign = value < 0 && units > 0 ? "-" : ""
        guard scale > 1 else { return "\(sign)\(units)" }
        return "\(sign)\(units / scale).\(String(units % scale + scale).dropFirst())"
    }

    /// One digit behind the point.
    public static func tenths(_ value: Double) -> String { fixed(value, digits: 1) }

    /// `12.34 s`
    public static func seconds(_ value: Double) -> String { "\(fixed(value, digits: 2)) s" }

    /// The number that `text` is: digits, with a point between them if wanted; no sign, no exponent, no spaces.
    public static func parse(_ text: some StringProtocol) -> Double? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard text.utf8.count <= 30, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }) else {
            return nil
        }
        return Double(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// A number and what follows it, without spaces between the two: `1.5`, `GiB` for `1.5 GiB`.
    static func numberAndUnit(_ text: some StringProtocol) -> (number: Double, unit: String)? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = parse(digits) else { return nil }
        let rest = text.dropFirst(digits.count)
        let unit = rest.first == " " ? rest.dropFirst() : rest
        // A space must lead somewhere.
        return rest.isEmpty || !unit.isEmpty ? (number, String(unit)) : nil
    }

    /// `number` times `factor`, rounded; `nil` beyond 63 bits.
    static func product(_ number: Double, _ factor: Double) -> Int64? {
        let value = (number * factor).rounded()
        return value < 0x1p63 ? Int64(value) : nil
    }
}

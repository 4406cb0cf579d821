/// Decimal numbers for people, without the locale.
enum DecimalText {
    /// One digit behind the point.
    static func tenths(_ value: Double) -> String { fixed(value, digits: 1) }

    /// `12.3 s`
    static func seconds(_ value: Double) -> String { "\(fixed(value, digits: 2)) s" }

    /// `digits` digits behind the point; `inf` and `nan` as they are.
    static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale: Int64 = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(scaled)" }
        return "\(sign)\(scaled / scale).\(String(scaled % scale + scale).dropFirst())"
    }
}

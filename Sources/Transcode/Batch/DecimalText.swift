import Glibc

/// Numbers as text, the same in every locale.
enum DecimalText {
    /// `3.140` for 3.14 with three places.
    static func text(_ value: Double, places: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "unknown" : value < 0 ? "-infinite" : "infinite" }
        let scale = pow(10, Double(places))
        guard abs(value) * scale < 1e18 else { return "\(value)" }
        let units = Int64((abs(value) * scale).rounded())
        let sign = value < 0 && units > 0 ? "-" : ""
        let (whole, rest) = units.quotientAndRemainder(dividingBy: Int64(scale))
        guard places > 0 else { return "\(sign)\(whole)" }
        let digits = "\(rest)"
        return "\(sign)\(whole)." + String(repeating: "0", count: places - digits.count) + digits
    }
}

/// Pictures a second as an exact fraction.
struct FrameRate: Sendable, Hashable {
    /// Pictures in ``denominator`` seconds.
    let numerator: Int64
    /// Seconds for ``numerator`` pictures.
    let denominator: Int64

    /// The fraction that is meant by `rate`: whole, a 1001st of a whole (29.97 is 30000/1001), or to a
    /// thousandth.
    init(_ rate: Double) {
        let whole = rate.rounded()
        let broadcast = (rate * 1.001).rounded()
        if abs(rate - whole) < 0.0005 {
            (numerator, denominator) = (max(Int64(whole), 1), 1)
        } else if abs(rate * 1.001 - broadcast) < 0.005 {
            (numerator, denominator) = (Int64(broadcast) * 1000, 1001)
        } else {
            (numerator, denominator) = (max(Int64((rate * 1000).rounded()), 1), 1000)
        }
    }

    /// Nanoseconds from one picture to `count` pictures later, rounded down.
    func nanoseconds(_ count: Int64) -> Int64 {
        let perUnit = count.multipliedReportingOverflow(by: denominator * 1_000_000_000)
        if !perUnit.overflow { return perUnit.partialValue / numerator }
        // Whole groups of `numerator` pictures last `denominator` seconds each.
        let groups = count / numerator
        return groups * denominator * 1_000_000_000
            + (count % numerator) * denominator * 1_000_000_000 / numerator
    }
}

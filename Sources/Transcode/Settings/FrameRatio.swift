/// A number of pictures a second, as an exact fraction.
public struct FrameRatio: Sendable, Hashable, Codable {
    /// Pictures in ``denominator`` seconds, 1 or more.
    public let numerator: Int32
    /// Seconds for ``numerator`` pictures, 1 or more.
    public let denominator: Int32
    private static let maximum = 1000.0

    /// `numerator / denominator` pictures a second; `nil` where one is below 1, or the rate above 1000.
    public init?(_ numerator: Int32, _ denominator: Int32 = 1) {
        guard numerator >= 1, denominator >= 1, Double(numerator) / Double(denominator) <= Self.maximum else {
            return nil
        }
        self.numerator = numerator
        self.denominator = denominator
    }

    /// A rate from text: `25`, `30000/1001`, `29.97`. The usual decimal numbers of television stand for their exact
    /// fractions: 23.976, 29.97, 47.952, 59.94, 119.88.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let numerator = Int32(parts[0]), let denominator = Int32(parts[1]) else { return nil }
            self.init(numerator, denominator)
        } else if let whole = Int32(text) {
            self.init(whole)
        } else {
            guard let value = Double(text), value > 0, value <= Self.maximum else { return nil }
            let nearest = value.rounded(.up)
            if abs(nearest * 1000 / 1001 - value) < 0.005 {
                self.init(Int32(nearest) * 1000, 1001)
            } else {
                self.init(Int32((value * 1000).rounded()), 1000)
            }
        }
    }

    /// Pictures a second.
    public var value: Double { Double(numerator) / Double(denominator) }
}

extension FrameRatio: CustomStringConvertible {
    /// `30000/1001`, or `25` where the denominator is 1.
    public var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }
}

/// The duration of one tick of a time stamp, as an exact fraction of a second.
///
/// A track's time stamps stay in its own time base from the capture to the archive; only encoders, muxers and
/// presentation clocks convert.
public struct TimeBase: Sendable, Hashable {
    /// Seconds for ``denominator`` ticks, 1 or more.
    public let numerator: Int32
    /// Ticks for ``numerator`` seconds, 1 or more.
    public let denominator: Int32

    /// A time base of `numerator / denominator` seconds a tick, or `nil` where one of them is below 1.
    ///
    ///     TimeBase(1, 90_000)     // the clock of video on the wire
    public init?(_ numerator: Int32, _ denominator: Int32) {
        guard numerator >= 1, denominator >= 1 else { return nil }
        self.numerator = numerator
        self.denominator = denominator
    }

    private init(ticksPerSecond: Int32) {
        numerator = 1
        denominator = ticksPerSecond
    }

    /// 1/90000 s: what video tracks use unless their source has a time base of its own.
    public static let video = TimeBase(ticksPerSecond: 90_000)
    /// 1/48000 s: what Opus always uses (RFC 7845 §4).
    public static let opus = TimeBase(ticksPerSecond: 48_000)
    /// 1/1000000 s.
    public static let microseconds = TimeBase(ticksPerSecond: 1_000_000)
    /// 1/1000000000 s.
    public static let nanoseconds = TimeBase(ticksPerSecond: 1_000_000_000)

    /// `ticks` of this time base in ticks of `other`, rounded to the nearest (halves away from zero).
    ///
    /// Results beyond 64 bits are clamped to `Int64.min` and `Int64.max`, so that time stamps from a peer or a
    /// damaged file cannot trap.
    public func rescale(_ ticks: Int64, to other: TimeBase) -> Int64 {
        if self == other { return ticks }
        let up = Int64(numerator) * Int64(other.denominator)
        let down = UInt64(Int64(denominator) * Int64(other.numerator))
        let product = ticks.magnitude.multipliedFullWidth(by: UInt64(up))
        let (low, carry) = product.low.addingReportingOverflow(down / 2)
        let high = product.high &+ (carry ? 1 : 0)
        guard high < down else { return ticks < 0 ? .min : .max }
        // Nearly all times fit into 64 bits, whose division takes a tenth of the time.
        let quotient = high == 0 ? low / down : down.dividingFullWidth((high, low)).quotient
        guard let magnitude = Int64(exactly: quotient) else { return ticks < 0 ? .min : .max }
        return ticks < 0 ? -magnitude : magnitude
    }

    /// Ticks of 31 years, 10⁹ s: no time stamp of a file is longer that is not damaged. Nanoseconds of such times can be added and
    /// subtracted without a thought of overflow.
    public var longestTime: Int64 {
        max(1, Int64(denominator).saturatingMultiply(by: 1_000_000_000) / Int64(numerator))
    }

    /// `ticks` of this time base in seconds. For display and statistics only.
    public func seconds(_ ticks: Int64) -> Double {
        Double(ticks) * Double(numerator) / Double(denominator)
    }
}

extension TimeBase: CustomStringConvertible {
    /// `1/90000`
    public var description: String { "\(numerator)/\(denominator)" }
}

import Media

/// Makes a constant rate of pictures: each instant of the new rate gets the picture whose time, rounded to the new rate,
/// is the last before it. At equal rates nothing is repeated or left out.
///
/// Confined to one thread.
struct RateConverter {
    /// Time base of the results.
    let timeBase: TimeBase
    private let source: TimeBase
    /// Distance of the results in ticks.
    let ticksPerFrame: Int64
    private var origin: Int64?
    private var held: (picture: Picture, index: Int64)?
    /// Pictures that were repeated.
    private(set) var duplicated = 0
    /// Pictures that were left out.
    private(set) var dropped = 0
    private static let finest: Int32 = 90_000

    /// A converter of pictures in `source` time to `rate`.
    init(source: TimeBase, rate: FrameRatio) {
        self.source = source
        let factor = max(1, Self.finest / rate.numerator)
        let (ticks, overflow) = rate.numerator.multipliedReportingOverflow(by: factor)
        timeBase = TimeBase(1, overflow ? rate.numerator : ticks) ?? .video
        ticksPerFrame = Int64(rate.denominator) * Int64(overflow ? 1 : factor)
    }

    /// Takes one picture, and calls `body` with those that are decided.
    mutating func push(_ picture: Picture, _ body: (Picture, Int64) throws -> Void) throws {
        let time = source.rescale(picture.pts, to: timeBase)
        let start = origin ?? time
        origin = start
        let index = Self.rounded(time.saturatingSubtract(start), ticksPerFrame)
        try fill(until: index, body)
        if let held, held.index == index { dropped += 1 }
        held = (picture, index)
    }

    /// Calls `body` with the rest: the last picture, for as long as it lasts. It is left out where it would begin when the
    /// length, rounded to the new rate, is over.
    mutating func finish(_ body: (Picture, Int64) throws -> Void) throws {
        guard let last = held, let origin else { return }
        let end = source.rescale(last.picture.pts.saturatingAdd(last.picture.duration), to: timeBase)
        let count = max(1, Self.rounded(end.saturatingSubtract(origin), ticksPerFrame))
        if last.index < count { try fill(until: count, body) } else { dropped += 1 }
        held = nil
    }

    private mutating func fill(until index: Int64, _ body: (Picture, Int64) throws -> Void) throws {
        guard let held, let origin, index > held.index else { return }
        for position in held.index..<index {
            if position > held.index { duplicated += 1 }
            try body(held.picture, origin.saturatingAdd(position.saturatingMultiply(by: ticksPerFrame)))
        }
    }

    /// Nearest multiple; halves go up.
    private static func rounded(_ ticks: Int64, _ unit: Int64) -> Int64 {
        ticks.saturatingMultiply(by: 2).saturatingAdd(unit) / unit.saturatingMultiply(by: 2)
    }
}

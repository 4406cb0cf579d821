import LibAV
import Media

/// Gives every decoded picture a time: its own where it has one that makes sense, otherwise the one after the last.
///
/// Times rise strictly from 0 at the source's origin.
struct PictureClock {
    /// Time base of the times.
    let timeBase: TimeBase
    /// Nominal distance of pictures in ticks, 1 or more.
    let nominal: Int64
    private let streamTimeBase: TimeBase
    private let ignoresTimeStamps: Bool
    private let origin: Int64
    /// Times beyond it are damaged.
    private let latest: Int64
    private var last: Int64?
    private var lastDuration: Int64
    /// Pictures whose time was missing or made no sense.
    private(set) var repaired = 0

    private static let finest: Int32 = 10_000_000
    private static let ticksPerPicture: Int32 = 3600
    private static let longestJump: Int64 = 24 * 3600 * 1_000_000_000

    init(_ file: SourceFile, _ stream: InputStream) {
        let rate = stream.nominalFrameRate
        ignoresTimeStamps = file.hasNoTimeStamps
        streamTimeBase = stream.timeBase
        if ignoresTimeStamps, let exact = Self.exact(stream, rate: rate) {
            timeBase = exact
            nominal = Int64(Self.ticksPerPicture)
            origin = 0
            latest = .max
        } else {
            let base = stream.timeBase.denominator <= Self.finest ? stream.timeBase : .microseconds
            timeBase = base
            nominal = max(1, TimeBase.nanoseconds.rescale(Int64(1e9 / rate), to: base))
            origin = TimeBase.nanoseconds.rescale(file.origin, to: base)
            latest = TimeBase.nanoseconds.rescale(file.longest, to: base)
        }
        lastDuration = nominal
    }

    /// A time base in which the pictures of the stream's rate lie ``ticksPerPicture`` apart.
    private static func exact(_ stream: InputStream, rate: Double) -> TimeBase? {
        let average = stream.hasPossibleFrameRate ? stream.averageFrameRate : nil
        let fraction = average ?? (Int32((rate * 1000).rounded()), 1000)
        let (high, overflow) = fraction.numerator.multipliedReportingOverflow(by: ticksPerPicture)
        return overflow ? nil : TimeBase(fraction.denominator, high)
    }

    /// The picture's time and nominal duration.
    mutating func take(_ frame: borrowing OwnedFrame) -> (pts: Int64, duration: Int64) {
        let known =
            frame.duration > 0 && !ignoresTimeStamps
            ? streamTimeBase.rescale(frame.duration, to: timeBase) : 0
        let duration = known > 0 && known <= nominal.saturatingMultiply(by: 1000) ? known : nominal
        let pts = time(of: frame)
        last = pts
        lastDuration = duration
        return (pts, duration)
    }

    private mutating func time(of frame: borrowing OwnedFrame) -> Int64 {
        guard let last else {
            guard !ignoresTimeStamps, let stamp = stamp(frame), stamp <= latest else { return 0 }
            return max(0, stamp)
        }
        let next = last.saturatingAdd(lastDuration)
        if ignoresTimeStamps { return next }
        guard let stamp = stamp(frame), stamp <= latest,
            stamp.saturatingSubtract(last) < TimeBase.nanoseconds.rescale(Self.longestJump, to: timeBase)
        else {
            repaired += 1
            return next
        }
        // Two pictures at one time, or going back: none is lost, they follow as closely as the time base allows.
        return max(stamp, last.saturatingAdd(1))
    }

    private func stamp(_ frame: borrowing OwnedFrame) -> Int64? {
        guard let pts = frame.pts else { return nil }
        return streamTimeBase.rescale(pts, to: timeBase).saturatingSubtract(origin)
    }
}

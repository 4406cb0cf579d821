import LibAV
import Media

/// Gives every decoded stretch of sound a time: its own where it has one that makes sense, otherwise the one after the last.
struct SoundClock {
    private let streamTimeBase: TimeBase
    /// Nanoseconds of time 0.
    private let origin: Int64
    /// Times beyond it, nanoseconds, are damaged.
    private let latest: Int64
    /// Where the sound goes on, nanoseconds.
    private var next: Int64?
    /// Stretches whose time was missing or made no sense.
    private(set) var repaired = 0
    /// Going back further is no overlap but damage.
    private static let longestOverlap: Int64 = 1_000_000_000
    private static let longestJump: Int64 = 24 * 3600 * 1_000_000_000

    /// - Parameter start: nanoseconds from the source's origin at which the renditions begin.
    init(_ file: SourceFile, _ stream: InputStream, start: Int64) {
        streamTimeBase = stream.timeBase
        origin = file.origin.saturatingAdd(start)
        latest = file.longest.saturatingSubtract(start)
    }

    /// The time of the first sample in nanoseconds from where the renditions begin, and how far behind the last stretch it
    /// begins.
    mutating func take(_ frame: borrowing OwnedFrame) -> (time: Int64, gap: Int64) {
        let length =
            frame.sampleRate > 0 ? Int64(frame.sampleCount) * 1_000_000_000 / Int64(frame.sampleRate) : 0
        var time = frame.pts.map { streamTimeBase.rescale($0, to: .nanoseconds).saturatingSubtract(origin) }
        if let value = time, value > latest { time = nil }
        if let value = time, let next {
            let gap = value.saturatingSubtract(next)
            if gap > Self.longestJump || gap < -Self.longestOverlap { time = nil }
        }
        if time == nil, next != nil { repaired += 1 }
        let result = time ?? next ?? 0
        let gap = next.map { result.saturatingSubtract($0) } ?? 0
        next = result.saturatingAdd(length)
        return (result, gap)
    }
}

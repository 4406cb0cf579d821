import Capture
import Measure
import Media

/// A clock that stands still: monotonic time 100 s, and a wall clock that a test chooses.
func stillClock(wall: Int64 = 1_700_000_000_123_456_789) -> MediaClock {
    MediaClock(monotonic: { MonotonicTime(nanoseconds: 100_000_000_000) }, wall: { wall })
}

/// The first pictures of a pattern, made at once.
func patternFrames(
    _ count: Int, width: Int, height: Int, rate: Double = 30, clock: MediaClock = stillClock()
) throws -> [VideoFrame] {
    let pattern = try TestPattern(
        width: width, height: height, frameRate: rate, anchor: PatternAnchor(clock: clock), pacer: .immediate)
    let stop = StopSignal()
    return (0..<count).compactMap { _ in
        if case .frame(let frame)? = pattern.next(stop) { frame } else { nil }
    }
}

/// The first frames of a tone, made at once.
func toneFrames(_ count: Int, channels: Int = 1, clock: MediaClock = stillClock()) -> [AudioFrame] {
    let tone = ToneSource(channels: channels, anchor: PatternAnchor(clock: clock), pacer: .immediate)
    let stop = StopSignal()
    return (0..<count).compactMap { _ in tone.next(stop) }
}

/// Another picture whose samples of the first plane come from `sample(x, y)`.
func lumaFrame(
    _ format: PixelFormat = .gray, width: Int, height: Int, range: ColorRange = .limited,
    sample: (_ x: Int, _ y: Int) -> UInt8
) -> VideoFrame {
    let buffer = PixelBuffer(format: format, width: width, height: height)
    let plane = buffer.planes[0]
    for y in 0..<height {
        for x in 0..<format.rowBytes(plane: 0, width: width) {
            plane.start.storeBytes(
                of: sample(x, y), toByteOffset: y * plane.strideInBytes + x, as: UInt8.self)
        }
    }
    return VideoFrame(
        format: format, width: width, height: height, range: range, time: MonotonicTime(nanoseconds: 0),
        buffer: buffer)
}

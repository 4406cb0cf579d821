import Media
import Synchronization

/// What was played, on its way from the sound output's thread to whoever measures it.
///
/// The output's thread must not wait for a thread that the system does not run, nor for the memory allocator: appending
/// takes no lock and allocates nothing. One thread appends at a time and one drains. Memory is fixed; on overflow the
/// newest is left out and counted.
final class PlayedSoundLog: @unchecked Sendable {
    // SAFETY: the drain reads only what lies before `written`, the appender writes only what lies behind `read` and
    // `samplesRead`; each side publishes with release what the other loads with acquire.

    /// A stretch of one track's sound.
    struct Stretch {
        var track: UInt32
        var channels: Int
        var rate: Int
        var mediaTime: MonotonicTime
        var audibleAt: MonotonicTime
        /// Where its samples begin; grows for ever.
        fileprivate var start = 0
        fileprivate var count = 0

        init(track: UInt32, channels: Int, rate: Int, mediaTime: MonotonicTime, audibleAt: MonotonicTime) {
            self.track = track
            self.channels = channels
            self.rate = rate
            self.mediaTime = mediaTime
            self.audibleAt = audibleAt
        }
    }

    /// Floats that wait at most: 2.7 s of one track in stereo. A power of two.
    private static let sampleCapacity = 1 << 18
    /// Stretches that wait at most. A power of two.
    private static let stretchCapacity = 1 << 12

    private let samples = UnsafeMutablePointer<Float>.allocate(capacity: PlayedSoundLog.sampleCapacity)
    private let stretches = UnsafeMutablePointer<Stretch>.allocate(capacity: PlayedSoundLog.stretchCapacity)
    /// Only the appender's.
    private var samplesWritten = 0
    private let written = Atomic(0)
    private let read = Atomic(0)
    private let samplesRead = Atomic(0)
    private let left = Atomic(0)

    init() {}

    deinit {
        samples.deallocate()
        stretches.deallocate()
    }

    /// Stretches that found no room.
    var lost: Int { left.load(ordering: .relaxed) }

    /// Appends a stretch and copies its samples. Never waits.
    func append(_ stretch: Stretch, _ sound: UnsafeBufferPointer<Float>) {
        guard let source = sound.baseAddress, sound.count <= Self.sampleCapacity else { return }
        var start = samplesWritten
        // Each stretch lies in one piece.
        let place = start & (Self.sampleCapacity - 1)
        if place + sound.count > Self.sampleCapacity { start += Self.sampleCapacity - place }
        let number = written.load(ordering: .relaxed)
        guard number - read.load(ordering: .acquiring) < Self.stretchCapacity,
            start + sound.count - samplesRead.load(ordering: .acquiring) <= Self.sampleCapacity
        else {
            left.wrappingAdd(1, ordering: .relaxed)
            return
        }
        (samples + (start & (Self.sampleCapacity - 1))).update(from: source, count: sound.count)
        var stretch = stretch
        (stretch.start, stretch.count) = (start, sound.count)
        (stretches + (number & (Self.stretchCapacity - 1))).initialize(to: stretch)
        samplesWritten = start + sound.count
        written.store(number + 1, ordering: .releasing)
    }

    /// Calls `body` with everything that was appended so far, oldest first; the samples are valid during the call.
    func drain(_ body: (Stretch, UnsafeBufferPointer<Float>) -> Void) {
        let end = written.load(ordering: .acquiring)
        var number = read.load(ordering: .relaxed)
        while number < end {
            let stretch = stretches[number & (Self.stretchCapacity - 1)]
            body(
                stretch,
                UnsafeBufferPointer(
                    start: samples + (stretch.start & (Self.sampleCapacity - 1)), count: stretch.count))
            number += 1
            samplesRead.store(stretch.start + stretch.count, ordering: .releasing)
            read.store(number, ordering: .releasing)
        }
    }
}

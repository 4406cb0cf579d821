package import Media

/// The sound of one track on its way to the output: follows the capture times, steers its reading to a wanted
/// time.
///
/// Frames are taken as contiguous; capture times that differ by up to 30 ms from where the stream stands move
/// it slowly, a later time leaves silence, an earlier one moves the stream's times back. Reading runs up to 1
/// % faster or slower to be where it should be; it jumps when it is off by more than 200 ms, and, beyond 20
/// ms, within silence, where nobody hears it.
package struct AudioStream: Sendable {
    /// A stretch that was really played, within the block asked for.
    package struct Played: Sendable, Hashable {
        /// Index in the block of the first sample played.
        package var first: Int
        /// Samples played.
        package var count: Int
        /// When the first of them was captured.
        package var mediaTime: MonotonicTime
    }

    private static let discontinuity: Int64 = 30_000_000
    private static let jump: Int64 = 200_000_000
    /// Beyond this, nanoseconds, silence is shortened or lengthened.
    private static let quietJump: Int64 = 20_000_000
    /// Within this, nanoseconds, reading is at most 0.5 % off the nominal rate, beyond it 1 %.
    private static let nearby: Int64 = 40_000_000
    /// Reading aims at being right after so many nanoseconds.
    private static let settling = 2.0e9
    /// Share of a capture time's difference by which it moves the stream.
    private static let timeWeight: Int64 = 50
    /// Samples behind the reading position that interpolation looks at.
    private static let lookahead: Int64 = 2

    /// Samples a second of one channel.
    package let sampleRate: Int
    /// 1 or 2.
    package var channels: Int { ring.channels }
    private var ring: SampleRing
    private let maximumQueued: Int64
    private var declicker: Declicker
    /// The first index that belongs to what is read now.
    private var begin: Int64 = 0
    private var position = 0.0
    private var anchorIndex: Int64 = 0
    private var anchorTime: MonotonicTime?
    private var isPlaying = false
    private var ranDry = false
    /// Samples played.
    package private(set) var played = 0
    /// Samples left out because their time had passed by more than 200 ms.
    package private(set) var skipped = 0
    /// Samples dropped because the queue was full.
    package private(set) var dropped = 0
    /// See ``TrackPlayoutStatistics/underruns``.
    package private(set) var underruns = 0
    /// See ``TrackPlayoutStatistics/gaps``.
    package private(set) var gaps = 0

    /// A stream that holds at most `maximumQueued` nanoseconds of sound.
    package init(sampleRate: Int, channels: Int, maximumQueued: Int64) {
        self.sampleRate = max(sampleRate, 1)
        let samples = max(maximumQueued, 100_000_000) / 1_000 * Int64(self.sampleRate) / 1_000_000
        self.maximumQueued = samples
        ring = SampleRing(channels: min(max(channels, 1), 2), minimumCapacity: Int(samples) + 1024)
        declicker = Declicker(channels: ring.channels)
    }

    /// Samples waiting.
    package var queued: Int { Int(max(ring.end - Int64(position), 0)) }

    /// Takes the next frame; its rate must be ``sampleRate``.
    package mutating func push(_ frame: AudioFrame) {
        guard frame.channels > 0, frame.sampleCount > 0 else { return }
        let frame = trimmed(frame)
        let count = Int64(frame.sampleCount)
        let isNewPiece = follow(frame.time, count: count)
        let overflow = ring.end + count - Int64(position) - maximumQueued
        if overflow > 0 { drop(overflow) }
        let first = ring.end
        ring.append(frame.samples, sourceChannels: frame.channels)
        if isNewPiece { ring.fade(first..<min(first + fadeLength, ring.end), rising: true) }
    }

    /// Writes `frames` samples of each channel at `rate` to `out`, of which the first should be the one
    /// captured at `target`; silence where there is none. Answers what was played, if anything.
    package mutating func render(
        into out: UnsafeMutableBufferPointer<Float>, frames: Int, rate: Int, target: MonotonicTime
    ) -> Played? {
        let samples = frames * channels
        for index in 0..<samples { out[index] = 0 }
        guard let first = firstFrame(frames: frames, rate: rate, target: target) else {
            declicker.process(out, 0..<frames)
            return nil
        }
        declicker.process(out, 0..<first)
        if !isPlaying {
            isPlaying = true
            declicker.join()
        }
        let mediaTime = time(at: position)
        let offset = Int64(Double(first) * 1e9 / Double(rate))
        let step = Double(sampleRate) / Double(rate) * adjustment(error: mediaTime - (target + offset))
        let readable = Double(ring.end - Self.lookahead) - position
        let count = readable > 0 ? min(frames - first, Int((readable / step).rounded(.up))) : 0
        ring.read(
            from: position, step: step, frames: count, valid: begin..<ring.end,
            into: UnsafeMutableBufferPointer(rebasing: out[(first * channels)...]))
        position += Double(count) * step
        declicker.process(out, first..<first + count)
        if first + count < frames {
            isPlaying = false
            ranDry = true
            declicker.join()
            declicker.process(out, (first + count)..<frames)
        }
        played += count
        return count > 0 ? Played(first: first, count: count, mediaTime: mediaTime) : nil
    }

    /// The first sample of the block that has something to play, having moved there; `nil` for silence
    /// throughout.
    private mutating func firstFrame(frames: Int, rate: Int, target: MonotonicTime) -> Int? {
        guard anchorTime != nil, ring.end - Int64(position) > Self.lookahead else {
            if isPlaying {
                isPlaying = false
                ranDry = true
                declicker.join()
            }
            return nil
        }
        var ahead = time(at: position) - target
        if ahead < -Self.jump {
            let samples = -Double(ahead) * Double(sampleRate) / 1e9
            let moved = min(position + samples, Double(ring.end))
            skipped += Int(moved - position)
            position = moved
            begin = Int64(position)
            if isPlaying { declicker.join() }
            guard ring.end - begin > Self.lookahead else {
                isPlaying = false
                return nil
            }
            ahead = time(at: position) - target
        }
        if ahead < -Self.quietJump, isPlaying {
            skipSilence(-ahead)
            return 0
        }
        if isPlaying, ahead <= Self.quietJump || (ahead <= Self.jump && !isSilent) { return 0 }
        if isPlaying {
            isPlaying = false
            declicker.join()
        }
        let first = max(Int((Double(ahead) * Double(rate) / 1e9).rounded(.up)), 0)
        return first < frames ? first : nil
    }

    /// Whether the next 10 ms are silence.
    private var isSilent: Bool {
        let length = sampleRate / 100
        return ring.silence(from: Int64(position), limit: min(length, queued)) >= length
    }

    /// Leaves out silence that comes next, at most `excess` nanoseconds of it, where it is long enough to
    /// matter.
    private mutating func skipSilence(_ excess: Int64) {
        let wanted = Int(excess / 1_000 * Int64(sampleRate) / 1_000_000)
        let silence = ring.silence(
            from: Int64(position), limit: min(wanted, queued - Int(Self.lookahead) - 1))
        guard silence >= sampleRate / 200 else { return }
        position += Double(silence)
        declicker.join()
    }

    /// Brings the stream's times in line with a frame of `count` samples captured at `time`. True where the
    /// frame does not continue what is there.
    private mutating func follow(_ time: MonotonicTime, count: Int64) -> Bool {
        moveAnchor()
        guard let anchor = anchorTime else {
            restart(at: time)
            return false
        }
        defer { ranDry = false }
        let difference = time - self.time(at: Double(ring.end))
        if difference > Self.discontinuity {
            gaps += 1
            let silence = Int64(Double(difference) * Double(sampleRate) / 1e9)
            let fits = ring.end - Int64(position) + silence + count <= maximumQueued
            if ranDry || !fits {
                skipped += ranDry ? 0 : queued
                restart(at: time)
                return false
            }
            let fadeStart = max(ring.end - fadeLength, Int64(position) + Self.lookahead)
            ring.fade(min(fadeStart, ring.end)..<ring.end, rising: false)
            ring.appendSilence(Int(silence))
            return true
        }
        if difference < -Self.discontinuity {
            anchorTime = anchor + difference
        } else {
            anchorTime = anchor + difference / Self.timeWeight
        }
        if ranDry { underruns += 1 }
        return false
    }

    private mutating func restart(at time: MonotonicTime) {
        if isPlaying {
            isPlaying = false
            declicker.join()
        }
        begin = ring.end
        position = Double(ring.end)
        anchorIndex = ring.end
        anchorTime = time
    }

    /// Keeps the anchor within a second or so of the newest sample, so that no product overflows.
    private mutating func moveAnchor() {
        let seconds = (ring.end - anchorIndex) / Int64(sampleRate)
        guard seconds > 0, let anchor = anchorTime else { return }
        anchorIndex += seconds * Int64(sampleRate)
        anchorTime = anchor + seconds * 1_000_000_000
    }

    private mutating func drop(_ samples: Int64) {
        let moved = min(position + Double(samples), Double(ring.end))
        dropped += Int(moved - position)
        position = moved
        begin = Int64(position)
        if isPlaying { declicker.join() }
    }

    /// The end of a frame that is longer than the whole queue, any other frame as it is.
    private mutating func trimmed(_ frame: AudioFrame) -> AudioFrame {
        let excess = frame.sampleCount - Int(maximumQueued)
        guard excess > 0 else { return frame }
        dropped += excess
        var end = frame
        end.samples = Array(frame.samples.suffix(Int(maximumQueued) * frame.channels))
        end.time = frame.time + Int64(Double(excess) * 1e9 / Double(sampleRate))
        return end
    }

    private func time(at position: Double) -> MonotonicTime {
        let samples = position - Double(anchorIndex)
        return (anchorTime ?? MonotonicTime(nanoseconds: 0)) + Int64(samples * 1e9 / Double(sampleRate))
    }

    private var fadeLength: Int64 { Int64(sampleRate / 200) }

    /// The factor of the reading rate that corrects being `error` nanoseconds ahead.
    private func adjustment(error: Int64) -> Double {
        let limit = error.magnitude <= Self.nearby.magnitude ? 0.005 : 0.01
        return 1 - min(max(Double(error) / Self.settling, -limit), limit)
    }
}

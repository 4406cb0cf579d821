import LibAV
import Media

/// How far a transcode is, told some times a second.
struct ProgressMeter {
    private static let interval: Int64 = 100_000_000
    private static let lastPackets: Int64 = 500_000_000
    private let clock: MediaClock
    private let began: MonotonicTime
    private var next: MonotonicTime
    private let origin: Int64
    private let duration: Int64?
    private var position: Int64 = 0

    init(file: SourceFile, start: Int64, end: Int64, clock: MediaClock) {
        self.clock = clock
        began = clock.now()
        next = began
        origin = file.origin.saturatingAdd(start)
        let length = end.saturatingSubtract(start)
        duration =
            file.duration.map { max(0, min($0, end).saturatingSubtract(start)) }
            ?? (end == .max ? nil : length)
    }

    /// A picture of that time, in nanoseconds from where the renditions begin, is there.
    mutating func note(picture time: Int64) { position = max(position, time) }

    /// A packet of sound is there.
    mutating func note(sound packet: borrowing OwnedPacket, of stream: InputStream?) {
        guard let stream, let stamp = packet.pts ?? packet.dts else { return }
        let time = stream.timeBase.rescale(stamp, to: .nanoseconds).saturatingSubtract(origin)
        guard duration.map({ time <= $0 }) ?? true else { return }
        position = max(position, time)
    }

    /// Nanoseconds that the source lacks of what it says to have, where they are more than its last packets.
    var missing: Int64? {
        guard let missing = duration?.saturatingSubtract(position), missing > Self.lastPackets else {
            return nil
        }
        return missing
    }

    /// What is to be told now, where it is time.
    mutating func report(frames: Int) -> TranscodeProgress? {
        let now = clock.now()
        guard now >= next else { return nil }
        next = now + Self.interval
        return make(frames, now)
    }

    /// What is to be told when everything was read.
    func last(frames: Int) -> TranscodeProgress? { make(frames, clock.now()) }

    private func make(_ frames: Int, _ now: MonotonicTime) -> TranscodeProgress {
        let elapsed = Double(now - began) / 1e9
        let seconds = Double(position) / 1e9
        return TranscodeProgress(
            position: seconds, duration: duration.map { Double($0) / 1e9 }, frames: frames,
            speed: elapsed > 0 ? seconds / elapsed : 0)
    }
}

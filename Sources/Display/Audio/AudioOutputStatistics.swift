import Synchronization

/// What a sound output did so far.
public struct AudioOutputStatistics: Sendable, Hashable {
    /// How the sound goes out.
    public enum Kind: String, Sendable {
        /// A PulseAudio or PipeWire server.
        case pulse
        /// Whatever else SDL found.
        case sdl
        /// Nowhere: there is no output, or none is wanted.
        case none
    }

    /// How the sound goes out.
    public var kind = Kind.none
    /// How often the output ran dry: what one hears then is a crackle or a gap.
    public var underruns = 0
    /// Sound that waits in the output at present, nanoseconds, as far as it is ours to say.
    public var bufferInNanoseconds: Int64 = 0
    /// The most that waited there.
    public var longestBufferInNanoseconds: Int64 = 0

    /// Nothing yet.
    public init(kind: Kind = .none) { self.kind = kind }
}

/// Counts that an output's thread keeps and others read. Any thread; without locks.
final class AudioOutputCounters: Sendable {
    private let underruns = Atomic(0)
    private let buffer = Atomic<Int64>(0)
    private let longest = Atomic<Int64>(0)

    /// The output ran dry.
    func ranDry() { underruns.wrappingAdd(1, ordering: .relaxed) }

    /// So many nanoseconds wait in the output from now on.
    func set(buffer nanoseconds: Int64) {
        buffer.store(nanoseconds, ordering: .relaxed)
        longest.max(nanoseconds, ordering: .relaxed)
    }

    /// All of them.
    func statistics(_ kind: AudioOutputStatistics.Kind) -> AudioOutputStatistics {
        var statistics = AudioOutputStatistics(kind: kind)
        statistics.underruns = underruns.load(ordering: .relaxed)
        statistics.bufferInNanoseconds = buffer.load(ordering: .relaxed)
        statistics.longestBufferInNanoseconds = longest.load(ordering: .relaxed)
        return statistics
    }
}

public import Media
import Synchronization

/// The default sound output of this machine, 48 kHz, stereo: a PulseAudio or PipeWire server's where one answers, otherwise
/// what SDL finds.
///
/// ``start()`` and ``stop()`` may be called from any thread, also more than once.
public final class AudioOutput: Sendable {
    static let rate = 48_000
    static let channels = 2

    private enum Running: Sendable {
        case pulse(PulseOutput)
        case sdl(SDLOutput)
    }

    private let playout: Playout
    private let clock: MediaClock
    private let counters = AudioOutputCounters()
    private let running = Mutex<Running?>(nil)
    private let kind = Mutex(AudioOutputStatistics.Kind.none)

    /// An output, not yet started, that plays what `playout` mixes. `clock` is the one that playout's times
    /// are of.
    public init(playout: Playout, clock: MediaClock = .system) {
        self.playout = playout
        self.clock = clock
    }

    deinit { stop() }

    /// Opens the device and starts to play.
    ///
    /// - Throws: ``DisplayError/noAudioDevice(reason:)``; a ``NullAudioOutput`` can take its place.
    public func start() throws(DisplayError) {
        try running.withLock { running throws(DisplayError) in
            guard running == nil else { return }
            let callback = AudioCallback(
                playout: playout, clock: clock, channels: Self.channels, rate: Self.rate)
            if !SDLOutput.isChosen, let pulse = PulseOutput(callback, counters) {
                running = .pulse(pulse)
                kind.withLock { $0 = .pulse }
            } else {
                running = .sdl(try SDLOutput(callback, counters))
                kind.withLock { $0 = .sdl }
            }
        }
    }

    /// Stops playing and closes the device. When it returns, playout is no longer asked for sound.
    public func stop() {
        running.withLock { running in
            switch running {
            case .pulse(let output): output.stop()
            case .sdl(let output): output.stop()
            case nil: break
            }
            running = nil
        }
    }

    /// What it did so far, also after the end.
    public var statistics: AudioOutputStatistics { counters.statistics(kind.withLock { $0 }) }
}

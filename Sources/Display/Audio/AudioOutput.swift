import CSDL
public import Media
import Synchronization

/// The default sound output of this machine, through SDL: 48 kHz, stereo, blocks of 512 samples.
///
/// ``start()`` and ``stop()`` may be called from any thread, also more than once.
public final class AudioOutput: Sendable {
    private static let rate = 48_000
    private static let channels = 2
    private static let blockLength: UInt16 = 512
    /// SDL does not say how long sound takes: a block waits in the card while the next one is made.
    private static let blocksOfLatency: Int64 = 2

    private struct Device: Sendable {
        var id: SDL_AudioDeviceID
        var callback: AudioCallback
    }

    private let playout: Playout
    private let clock: MediaClock
    private let device = Mutex<Device?>(nil)

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
        try device.withLock { device throws(DisplayError) in
            if device == nil { device = try open() }
        }
    }

    /// Stops playing and closes the device. When it returns, playout is no longer asked for sound.
    public func stop() {
        device.withLock { device in
            guard let open = device else { return }
            SDL_CloseAudioDevice(open.id)
            SDL_QuitSubSystem(SDL_INIT_AUDIO)
            device = nil
        }
    }

    private func open() throws(DisplayError) -> Device {
        SDL.ready
        convene_alsa_silence(true)
        defer { convene_alsa_silence(false) }
        guard SDL_InitSubSystem(SDL_INIT_AUDIO) == 0 else { throw .noAudioDevice(reason: SDL.reason) }
        let latency = Int64(Self.blockLength) * Self.blocksOfLatency * 1_000_000_000 / Int64(Self.rate)
        let callback = AudioCallback(
            playout: playout, clock: clock, channels: Self.channels, rate: Self.rate, latency: latency)
        var wanted = SDL_AudioSpec()
        wanted.freq = Int32(Self.rate)
        wanted.format = convene_audio_float
        wanted.channels = UInt8(Self.channels)
        wanted.samples = Self.blockLength
        // SAFETY: SDL calls with this pointer only between opening and the end of SDL_CloseAudioDevice, and
        // the callback is held in `device` for that time.
        wanted.userdata = Unmanaged.passUnretained(callback).toOpaque()
        wanted.callback = { userdata, bytes, count in
            guard let userdata, let bytes else { return }
            let callback = Unmanaged<AudioCallback>.fromOpaque(userdata).takeUnretainedValue()
            // SAFETY: SDL's buffer holds the floats that were asked for, and is aligned for them.
            let samples = UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))
                .bindMemory(to: Float.self)
            callback.fill(samples)
        }
        let id = SDL_OpenAudioDevice(nil, 0, &wanted, nil, 0)
        guard id > 0 else {
            let reason = SDL.reason
            SDL_QuitSubSystem(SDL_INIT_AUDIO)
            throw .noAudioDevice(reason: reason)
        }
        SDL_PauseAudioDevice(id, 0)
        return Device(id: id, callback: callback)
    }
}

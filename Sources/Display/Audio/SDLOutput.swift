import CSDL
import Media
import Synchronization

/// The sound output that SDL finds on a machine without a sound server.
final class SDLOutput: Sendable {
    /// What SDL writes at a time.
    private static let blockLength: UInt16 = 1024
    /// SDL does not say how long sound takes: a block waits in the card while the next one is made.
    private static let blocksOfLatency: Int64 = 2
    private static let latency =
        Int64(blockLength) * blocksOfLatency * 1_000_000_000 / Int64(AudioOutput.rate)

    /// What SDL's thread is given.
    private final class Card: Sendable {
        let callback: AudioCallback
        let counters: AudioOutputCounters
        private let lastCall = Atomic<Int64>(0)

        init(_ callback: AudioCallback, _ counters: AudioOutputCounters) {
            self.callback = callback
            self.counters = counters
        }

        func fill(_ samples: UnsafeMutableBufferPointer<Float>) {
            let now = MediaClock.system.now().nanoseconds
            let last = lastCall.exchange(now, ordering: .relaxed)
            // All that could wait was played meanwhile: SDL does not tell.
            if last > 0, now - last > SDLOutput.latency {
                counters.ranDry()
                callback.startAgain()
            }
            callback.fill(samples, latency: SDLOutput.latency)
        }
    }

    private let card: Card
    private let device: SDL_AudioDeviceID

    /// Whether somebody chose one of SDL's drivers, and not that of a sound server.
    static var isChosen: Bool {
        guard let name = SDL_getenv("SDL_AUDIODRIVER") else { return false }
        return !["", "pulse", "pulseaudio"].contains(String(cString: name))
    }

    /// Opens the device and starts to play.
    init(_ callback: AudioCallback, _ counters: AudioOutputCounters) throws(DisplayError) {
        SDL.ready
        convene_alsa_silence(true)
        defer { convene_alsa_silence(false) }
        guard SDL_InitSubSystem(SDL_INIT_AUDIO) == 0 else { throw .noAudioDevice(reason: SDL.reason) }
        let card = Card(callback, counters)
        var wanted = SDL_AudioSpec()
        wanted.freq = Int32(AudioOutput.rate)
        wanted.format = convene_audio_float
        wanted.channels = UInt8(AudioOutput.channels)
        wanted.samples = Self.blockLength
        // SAFETY: SDL calls with this pointer only between opening and the end of SDL_CloseAudioDevice, and
        // the card is held by this object for that time.
        wanted.userdata = Unmanaged.passUnretained(card).toOpaque()
        wanted.callback = { userdata, bytes, count in
            guard let userdata, let bytes else { return }
            let card = Unmanaged<Card>.fromOpaque(userdata).takeUnretainedValue()
            // SAFETY: SDL's buffer holds the floats that were asked for, and is aligned for them.
            let samples = UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))
                .bindMemory(to: Float.self)
            card.fill(samples)
        }
        device = SDL_OpenAudioDevice(nil, 0, &wanted, nil, 0)
        self.card = card
        guard device > 0 else {
            let reason = SDL.reason
            SDL_QuitSubSystem(SDL_INIT_AUDIO)
            throw .noAudioDevice(reason: reason)
        }
        counters.set(buffer: Self.latency)
        SDL_PauseAudioDevice(device, 0)
    }

    /// Stops playing and closes the device; once.
    func stop() {
        SDL_CloseAudioDevice(device)
        SDL_QuitSubSystem(SDL_INIT_AUDIO)
    }
}

import Capture
import Codec
import Logging
import Media
import Wire

/// A microphone or the tone, encoded to Opus and sent: one thread, no queue.
enum AudioPipeline {
    /// Sound that was captured so long before sending began is still sent, in nanoseconds.
    private static let oldest: Int64 = 100_000_000

    /// Starts the thread.
    static func start(
        _ settings: PublishSettings, _ context: PublishContext, _ handshake: TrackHandshake
    ) -> BlockingThread? {
        TrackHandshake.start("audio", [handshake]) { try run(settings, context, handshake) }
    }

    private static func open(
        _ settings: PublishSettings, _ context: PublishContext
    ) throws -> (source: any AudioSource, name: String)? {
        switch settings.audio {
        case .microphone(let device):
            return (try Microphone(device: device, clock: context.clock), "microphone")
        case .tone: return (ToneSource(anchor: PatternAnchor(clock: context.clock)), "tone")
        case .none: return nil
        case .automatic:
            guard let device = DeviceList.current().microphones.first?.device else {
                context.logger.notice("no microphone found; sending no sound")
                return nil
            }
            return (try Microphone(device: device, clock: context.clock), "microphone")
        }
    }

    private static func run(
        _ settings: PublishSettings, _ context: PublishContext, _ handshake: TrackHandshake
    ) throws {
        guard let (source, name) = try open(settings, context) else { return }
        let channels = min(2, max(1, source.format.channels))
        context.logger.info("sound", metadata: ["source": "\(name)", "rate": "\(source.format.sampleRate)"])
        let encoder = try AudioEncoder(channels: channels, bitRate: settings.audioBitrate)
        let resampler = AudioResampler(sampleRate: AudioEncoder.sampleRate, channels: channels)
        let description = TrackDescription(
            codec: .opus, timeBase: AudioEncoder.timeBase,
            format: .audio(.init(sampleRate: AudioEncoder.sampleRate, channels: channels)),
            source: settings.source, codecConfiguration: encoder.configuration)
        guard let track = handshake.announce(description) else { return }
        // While the other sources were opened, sound became old; nobody waits for it.
        let begin = max(context.origin, context.clock.now() + -oldest)
        var filled = 0
        while let captured = try source.next(context.termination.stopSignal) {
            if captured.time < begin { continue }
            let new = source.filledSamples - filled
            filled = source.filledSamples
            if new > 0 { context.counters.update { $0.filledSamples += new } }
            let sound = try resampler.convert(captured)
            let pts = context.pts(sound.time, AudioEncoder.timeBase)
            for packet in try encoder.encode(sound.samples, pts: pts) {
                context.send(packet, on: track, kind: .audio)
            }
        }
        for packet in try encoder.finish() { context.send(packet, on: track, kind: .audio) }
    }
}

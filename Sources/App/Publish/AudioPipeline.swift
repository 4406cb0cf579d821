import Capture
import Codec
import Logging
import Measure
import Media
import Wire

/// A microphone or the tone, encoded to Opus and sent: one thread, no queue.
struct AudioPipeline {
    private let settings: PublishSettings
    private let context: PublishContext
    private let handshake: TrackHandshake

    /// Sound that was captured so long before sending began is still sent, in nanoseconds.
    private static let oldest: Int64 = 100_000_000

    /// Starts the thread.
    static func start(
        _ settings: PublishSettings, _ context: PublishContext, _ handshake: TrackHandshake
    ) -> BlockingThread? {
        TrackHandshake.start("audio", [handshake]) {
            try AudioPipeline(settings: settings, context: context, handshake: handshake).run()
        }
    }

    /// A source, and what people and the log call it.
    private struct Opened {
        let source: any AudioSource
        let kind: String
        let name: String
    }

    private func open() throws -> Opened? {
        switch settings.audio {
        case .microphone(let device):
            return Opened(
                source: try Microphone(device: device, clock: context.clock), kind: "microphone", name: device
            )
        case .tone:
            return Opened(
                source: ToneSource(anchor: PatternAnchor(clock: context.clock)), kind: "tone",
                name: "a beep each second")
        case .none: return nil
        case .automatic:
            guard let found = DeviceList.current().microphones.first else {
                context.tell("no microphone was found: you are not heard")
                return nil
            }
            return Opened(
                source: try Microphone(device: found.device, clock: context.clock), kind: "microphone",
                name: "\(found.description) (\(found.device))")
        }
    }

    private func run() throws {
        guard let opened = try open() else { return }
        let source = opened.source
        let channels = min(2, max(1, source.format.channels))
        context.tell(
            "sound", source: opened.kind, name: opened.name, format: "\(source.format.sampleRate) Hz")
        let encoder = try makeEncoder(channels)
        handshake.offer(
            .init(
                description: TrackDescription(
                    codec: .opus, timeBase: AudioEncoder.timeBase,
                    format: .audio(.init(sampleRate: AudioEncoder.sampleRate, channels: channels)),
                    source: settings.source, codecConfiguration: encoder.configuration)))
        guard let track = handshake.numbers()?.track else { return }
        try send(source, encoder, channels: channels, on: track)
    }

    private func makeEncoder(_ channels: Int) throws -> AudioEncoder {
        try AudioEncoder(channels: channels, bitRate: settings.audioBitrate)
    }

    private func send(
        _ source: any AudioSource, _ first: AudioEncoder, channels: Int, on track: TrackID
    ) throws {
        var encoder = first
        let resampler = AudioResampler(sampleRate: AudioEncoder.sampleRate, channels: channels)
        // While the other sources were opened, sound became old; nobody waits for it.
        let begin = max(context.origin, context.clock.now() + -Self.oldest)
        var filled = source.filledSamples
        var isMuted = false
        while let captured = try source.next(context.termination.stopSignal) {
            let new = source.filledSamples - filled
            filled = source.filledSamples
            if captured.time < begin { continue }
            if isMuted != context.switches.isMuted {
                isMuted.toggle()
                context.link.setMuted(isMuted, track)
                // Nothing that was heard before is left in it.
                encoder = try makeEncoder(channels)
            }
            // The device is read all the same: it need not be opened again, and loses no time.
            let sound = try resampler.convert(captured)
            guard !isMuted else {
                context.own?.hearNothing()
                continue
            }
            if new > 0 { context.counters.update { $0.filledSamples += new } }
            context.own?.hear(captured.samples)
            let pts = context.pts(sound.time, AudioEncoder.timeBase)
            for packet in try encoder.encode(sound.samples, pts: pts) {
                context.send(packet, on: track, kind: .audio)
            }
        }
        guard !isMuted else { return }
        for packet in try encoder.finish() { context.send(packet, on: track, kind: .audio) }
    }
}

internal import LibAV
public import Media

/// Sound from an ALSA or PulseAudio device, as the device gives it: its rate, its channels, in frames of 20
/// ms.
///
/// Confined to one thread after its creation. The device is closed when the last reference is gone, as soon
/// as its pending read returns.
public final class Microphone: AudioSource {
    /// How long a microphone may deliver nothing before that is an error, in seconds.
    public static let patience = 5.0
    /// How often the reader is asked while there is nothing yet, nanoseconds.
    private static let pollInterval: Int64 = 5_000_000
    private static let wantedSampleRate = 48_000

    /// The device as it was asked for.
    public let device: String
    /// The device's own rate and channels.
    public let format: AudioSourceFormat
    /// Silence in the place of lost sound, samples of one channel.
    public var filledSamples: Int { Int(filler.filledSamples) }

    private let mailbox: SoundMailbox
    private let clock: MediaClock
    private var filler: GapFiller
    private var pending = PendingSound()
    /// Samples of one channel that were returned.
    private var position: Int64 = 0

    /// Opens a microphone.
    ///
    ///     try Microphone(device: "default")
    ///
    /// - Parameters:
    ///   - device: `default`, `pulse`, `alsa`, `pulse:SOURCE`, `alsa:DEVICE`, or an ALSA device such as
    ///     `plughw:1,0`.
    ///   - channels: what to ask for; ``format`` tells what the device gives.
    /// - Throws: ``CaptureError/microphoneUnavailable(device:reason:)``.
    public init(
        device: String, channels: Int = 1, clock: MediaClock = .system
    ) throws(CaptureError) {
        let name = MicrophoneName(device, hasPulseServer: MicrophoneName.hasPulseServer)
        let input = try Self.open(name, channels: max(channels, 1), shown: device)
        guard let parameters = input.streams.first?.parameters, parameters.kind == .audio,
            parameters.sampleRate >= 50, parameters.channels > 0
        else { throw .microphoneUnavailable(device: device, reason: "it gives no sound") }
        guard let sampleFormat = SampleFormat(rawValue: parameters.codecName) else {
            throw .microphoneUnavailable(
                device: device, reason: "its sample format \(parameters.codecName) is not understood")
        }
        let packet: OwnedPacket
        do throws(AVError) {
            packet = try OwnedPacket()
        } catch {
            throw .microphoneUnavailable(device: device, reason: error.cause)
        }
        self.device = device
        self.clock = clock
        format = AudioSourceFormat(sampleRate: parameters.sampleRate, channels: parameters.channels)
        filler = GapFiller(sampleRate: parameters.sampleRate)
        mailbox = SoundMailbox(limit: parameters.sampleRate * parameters.channels)
        let reader = MicrophoneReader(input, packet, sampleFormat, clock, to: mailbox)
        guard reader.start() else {
            throw .microphoneUnavailable(device: device, reason: "the system allows no more threads")
        }
    }

    deinit { mailbox.close() }

    /// Waits until 20 ms of sound are there.
    ///
    /// - Throws: ``CaptureError/microphoneLost(device:reason:)``.
    public func next(_ stop: StopSignal) throws(CaptureError) -> AudioFrame? {
        let length = format.samplesPerFrame * format.channels
        let deadline = clock.now() + Int64(Self.patience * 1e9)
        while !stop.isStopped {
            if let samples = pending.take(length) { return frame(samples) }
            switch mailbox.take() {
            case .delivery(let delivery): accept(delivery)
            case .ended(let reason): throw .microphoneLost(device: device, reason: reason)
            case .nothing:
                guard clock.now() < deadline else {
                    throw .microphoneLost(device: device, reason: "no sound for \(rateText(Self.patience)) s")
                }
                _ = stop.sleep(until: MediaClock.system.now() + Self.pollInterval)
            }
        }
        return nil
    }

    private func frame(_ samples: [Float]) -> AudioFrame {
        defer { position += Int64(samples.count / format.channels) }
        return AudioFrame(
            sampleRate: format.sampleRate, channels: format.channels, time: filler.time(ofSample: position),
            samples: samples)
    }

    private func accept(_ delivery: SoundMailbox.Delivery) {
        let count = delivery.samples.count / format.channels
        guard count > 0 else { return }
        let silence = filler.accept(count, arrival: delivery.arrival, isFresh: delivery.isFresh)
        pending.appendSilence(silence * format.channels)
        pending.append(delivery.samples)
    }

    /// Opens the device with the channels asked for, or with those that it has.
    private static func open(
        _ name: MicrophoneName, channels: Int, shown: String
    ) throws(CaptureError) -> InputFormat {
        var first: AVError?
        for count in [channels, 2, 1] where count == channels || first != nil {
            do throws(AVError) {
                return try InputFormat(
                    opening: name.device, format: name.system, options: options(name, channels: count))
            } catch {
                first = first ?? error
            }
        }
        throw .microphoneUnavailable(device: shown, reason: first?.cause ?? "unknown")
    }

    private static func options(_ name: MicrophoneName, channels: Int) -> [String: String] {
        var options = ["sample_rate": "\(wantedSampleRate)", "channels": "\(channels)"]
        // 20 ms; PulseAudio's own choice is 50.
        if name.system == "pulse" { options["fragment_size"] = "\(wantedSampleRate / 50 * channels * 2)" }
        return options
    }
}

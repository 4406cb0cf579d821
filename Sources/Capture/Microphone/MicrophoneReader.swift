internal import Glibc
internal import LibAV
internal import Media

/// Reads a sound device on a thread of its own, because reads block for as long as the device likes:
/// PulseAudio's do until a suspended source wakes up. The thread ends with its first packet after the mailbox
/// was closed.
final class MicrophoneReader: @unchecked Sendable {
    // SAFETY: after `start()` only the reader's own thread touches it; the mailbox is Sendable.
    /// A read that took this long has waited for its sound, nanoseconds.
    private static let waitingThreshold: Int64 = 2_000_000

    private let input: InputFormat
    private let packet: OwnedPacket
    private let sampleFormat: SampleFormat
    private let clock: MediaClock
    private let mailbox: SoundMailbox

    init(
        _ input: consuming InputFormat, _ packet: consuming OwnedPacket, _ sampleFormat: SampleFormat,
        _ clock: MediaClock, to mailbox: SoundMailbox
    ) {
        self.input = input
        self.packet = packet
        self.sampleFormat = sampleFormat
        self.clock = clock
        self.mailbox = mailbox
    }

    /// Starts the thread, which keeps the reader until it ends. Returns `false` where there can be no more
    /// threads.
    func start() -> Bool {
        var thread = pthread_t()
        // SAFETY: the reference that is passed here is taken back once: by the thread, or below where there is none.
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<MicrophoneReader>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func run() {
        do throws(AVError) {
            while true {
                let start = clock.now()
                guard try input.read(into: packet) else { return mailbox.end(reason: "it has ended") }
                let arrival = clock.now()
                let samples = packet.withUnsafeBytes { sampleFormat.floats($0) }
                let delivery = SoundMailbox.Delivery(
                    samples: samples, arrival: arrival, isFresh: arrival - start >= Self.waitingThreshold)
                guard mailbox.put(delivery) else { return }
            }
        } catch {
            mailbox.end(reason: error.cause)
        }
    }
}

extension AVError {
    /// What the library said last, which names the cause better than its code; else the code's text.
    var cause: String {
        guard let last = log.last else { return reason }
        // `[alsa @ 0x55d0c8a0] cannot open …`: the part in brackets is for developers.
        guard last.hasPrefix("["), let end = last.firstIndex(of: "]") else { return last }
        return String(last[last.index(after: end)...].drop { $0 == " " })
    }
}

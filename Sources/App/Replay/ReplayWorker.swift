import Archive
import Logging
import Media

/// Decodes one track of a file on a thread of its own, and hands what is ready to the playout.
///
/// The feeder is never far ahead, which bounds the queue. Where this machine is too slow for the speed, pictures are left
/// out up to the next keyframe.
final class ReplayWorker: Sendable {
    private let mailbox = Mailbox<Packet>(capacity: 64 << 20)
    private let work: ReplayWork
    /// `nil` where the system had no thread left: nothing of the track is decoded.
    private let thread: BlockingThread?

    /// Starts the thread.
    init(_ work: ReplayWork, logger: Logger) {
        self.work = work
        let mailbox = mailbox
        let fail: @Sendable (any Error) -> Void = { error in
            logger.error(
                "a track cannot be decoded",
                metadata: ["participant": "\(work.track.participant)", "error": "\(error)"])
            mailbox.close()
        }
        do {
            thread = try BlockingThread("decode-\(work.output)") {
                do { try work.run(mailbox) } catch { fail(error) }
                work.ended()
            }
        } catch {
            thread = nil
            fail(error)
            work.ended()
        }
    }

    /// Takes one packet. Never blocks.
    func receive(_ packet: Packet) {
        work.statistics.received(work.output)
        work.expect()
        if !mailbox.put(packet, cost: packet.payload.count + 128) {
            work.ended()
            work.statistics.droppedHere(work.output, packets: 1)
        }
    }

    /// Whether everything that it was given is decoded, or it has ended.
    var isIdle: Bool { work.isIdle }

    /// Lets the thread end when it has decoded what it has.
    func finish() { mailbox.close() }

    /// Lets the thread end at once. Nothing of it reaches the playout any more when this returns.
    func cancel() {
        work.cancel()
        mailbox.close()
    }

    /// Whether the thread has ended.
    var isFinished: Bool { thread?.isFinished ?? true }

    /// Returns when the thread has ended.
    func wait() async { await thread?.wait() }
}

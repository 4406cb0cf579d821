import LibAV

/// A packet of sound of the source on its way to the thread that decodes it.
final class SourcePacket: @unchecked Sendable {
    // SAFETY: made by one thread and then only used by the one that takes it out of the queue.
    let packet: OwnedPacket

    init(_ packet: consuming OwnedPacket) { self.packet = packet }
}

import LibAV

/// One encoded stretch of sound on its way to the renditions, which share its bytes.
final class SoundPacket: @unchecked Sendable {
    // SAFETY: the packet is not changed once it is in here; references to its bytes are counted atomically.
    let packet: OwnedPacket

    init(_ packet: consuming OwnedPacket) { self.packet = packet }
}

public import Media

/// Something that happens in a replayed meeting.
public struct ReplayItem: Sendable {
    /// What can happen.
    public enum Event: Sendable {
        /// Somebody came into the room.
        case joined(participant: String, name: String)
        /// Somebody left the room.
        case left(participant: String)
        /// The connection of somebody has been broken for a while: what stays of them is dimmed.
        case away(participant: String)
        /// Somebody who was away is there again.
        case back(participant: String)
        /// A track of a file begins; its packets follow.
        case trackBegan(ReplayTrack)
        /// No packet of a track of a file follows. Its last picture stays.
        case packetsEnded(ReplayTrack)
        /// A track of a file is over: its last picture goes, unless the next file goes on with the source.
        case trackEnded(ReplayTrack)
        /// One packet, as it stands in the file. The item's time is that of its decoding.
        case packet(ReplayTrack, Packet)
        /// Somebody wrote a line.
        case chat(participant: String, name: String, text: String)
        /// Packets are missing in the archive, and were noticed to be so now.
        case gap(participant: String, packets: Int, reason: String)
    }

    /// Microseconds from the meeting's start.
    public var time: Int64
    /// What happens.
    public var event: Event
}

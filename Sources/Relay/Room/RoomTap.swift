public import Media
public import Wire

/// Makes one tap for each meeting: called when a room appears.
public protocol RoomTapFactory: Sendable {
    /// A tap for the meeting that begins in `room`, or `nil` where nothing is to be tapped.
    ///
    /// Called on an event loop, before the first participant is let in; must not block. What `control` sets here is
    /// already in the first participant's welcome.
    /// - Parameter meeting: tells the meeting from every other one in the room. Those who come back are known by it, unless
    ///   the tap's ``RoomTap/past`` says that it is an earlier meeting that goes on.
    func makeTap(room: String, meeting: UInt64, control: RoomControl) -> (any RoomTap)?
}

/// What is known of a meeting that an earlier run of the server began, and that goes on in this one.
public struct RoomPast: Sendable, Hashable {
    /// As it was given to ``RoomTapFactory/makeTap(room:meeting:control:)`` when it began.
    public var meeting: UInt64
    /// Identifiers of all who were in it; a newcomer gets none of them.
    public var participants: [String]
    /// The greatest number of its tracks; new ones have greater ones.
    public var lastTrack: UInt32

    /// A past from its parts.
    public init(meeting: UInt64, participants: [String], lastTrack: UInt32) {
        self.meeting = meeting
        self.participants = participants
        self.lastTrack = lastTrack
    }
}

/// Sees everything that happens in one room, before and independently of every subscriber; the archive is one.
///
/// Called on event loops; must not block. Order: `joined` of a participant, `trackAdded` of its track, that track's
/// packets in the order of their DTS, `trackRemoved`, `left`, and `closed` as the very last. Calls for different
/// tracks may come at the same time on different threads.
public protocol RoomTap: Sendable {
    /// What was before, of a meeting that goes on after the server was restarted. Asked once, right after the tap was made.
    var past: RoomPast? { get }
    /// A participant was let in, at this instant of the server's clock. `address` tells apart where connections come from, and nothing
    /// else: the same for the same place as long as the server lives.
    func joined(participant: String, name: String, address: UInt64?, time: MonotonicTime)
    /// A participant left; the reason is `bye`, `disconnected`, `server_shutdown`, `restarting`, `slow_consumer` or an
    /// error code.
    func left(participant: String, reason: String)
    /// A participant's connection broke, at this instant of the server's clock. Its tracks stay; `returned` or the usual
    /// end follows.
    func away(participant: String, time: MonotonicTime)
    /// The participant is back, with the tracks that it had.
    func returned(participant: String, time: MonotonicTime)
    /// A track begins.
    func trackAdded(_ track: TrackID, participant: String, description: TrackDescription)
    /// One packet of a track. Its payload shares the receive buffer's memory: copy what is kept for long. `sequence` counts what the
    /// publisher has sent of the track.
    func packet(_ track: TrackID, _ packet: Packet, sequence: UInt32)
    /// A track ended.
    func trackRemoved(_ track: TrackID)
    /// `pts` of the track was at `serverTime`, in microseconds of the server's monotonic clock.
    func clock(_ track: TrackID, pts: Int64, serverTime: Int64)
    /// A line of chat, at `time` in microseconds of the Unix epoch.
    func chat(participant: String, name: String, text: String, time: Int64)
    /// A participant asks to start, stop or pause the recording. What becomes of it comes back through ``RoomControl``:
    /// the new state, or an answer for this participant alone.
    func record(_ action: RecordingAction, participant: String, name: String)
    /// The room is gone.
    func closed()
}

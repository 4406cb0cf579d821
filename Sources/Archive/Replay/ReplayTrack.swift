public import Container
import Media

/// One track of one file of a meeting, as it is replayed.
public struct ReplayTrack: Sendable {
    /// Counts the tracks of a replay's files; another one after a seek.
    public let id: Int
    /// Whose it is.
    public let participant: String
    /// Which source of the participant, for instance `camera`.
    public let source: String
    /// The track of the file: what a decoder must know, and how a packet of it is sent.
    public let media: Demuxer.Track
    /// When what it holds was captured.
    public let clock: ClockMap

    /// What goes on in the next file of the same source: all its tracks of this kind are one to a viewer.
    public var lane: String { "\(participant)/\(source)/\(media.kind.rawValue)" }

    /// Microseconds from the meeting's start for a time stamp of the track.
    public func meetingTime(of ticks: Int64) -> Int64 {
        clock.meetingTime(ofMedia: media.timeBase.rescale(ticks, to: .nanoseconds)) / 1000
    }
}

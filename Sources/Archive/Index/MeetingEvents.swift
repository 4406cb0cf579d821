/// What of a meeting's journal people want to read: chat, who controlled the recording, what is not in it.
public struct MeetingEvents: Sendable {
    /// Packets that are not in the archive.
    public struct Gap: Sendable, Hashable {
        /// Microseconds from the meeting's start at which it was noticed.
        public var time: Int64
        /// Whose packets, as in the manifest.
        public var participant: String
        /// How many.
        public var packets: Int
        /// Why.
        public var reason: String
    }

    /// Somebody started, stopped or paused the recording.
    public struct Control: Sendable, Hashable {
        /// Microseconds from the meeting's start.
        public var time: Int64
        /// Who.
        public var name: String
        /// `record`, `stop` or `pause`.
        public var action: String
    }

    /// In the order in which it happened.
    public private(set) var control: [Control] = []
    /// In the order in which it was written.
    public private(set) var chat: [ChatLine] = []
    /// In the order in which they were noticed.
    public private(set) var gaps: [Gap] = []

    /// Reads the journal of the meeting in `folder`, a path.
    /// - Throws: ``ArchiveError`` where there is none.
    public init(folder: String) throws(ArchiveError) {
        for event in try Journal.read(folder: folder, from: 0, leavingOut: "clock").events {
            switch event.event {
            case "chat":
                chat.append(
                    ChatLine(
                        time: event.time, name: event.name ?? event.participant ?? "", text: event.text ?? "")
                )
            case "record", "stop", "pause":
                control.append(
                    Control(
                        time: event.time, name: event.name ?? event.participant ?? "", action: event.event))
            case "gap":
                gaps.append(
                    Gap(
                        time: event.time, participant: event.participant ?? "", packets: event.packets ?? 0,
                        reason: event.reason ?? ""))
            default: break
            }
        }
    }
}

import Media

/// What a journal says of when the participants' sources were there: what a tile lives by. A screen on which nothing moves
/// sends nothing, and is there all the same.
public struct SourceSpans: Sendable {
    private struct Key: Hashable {
        var participant: String
        var source: String
    }

    private struct Track {
        var key: Key
        var since: Int64?
    }

    private var spans: [Key: [Range<Int64>]] = [:]
    /// When each participant's connection was lost, or the server was restarted.
    private(set) var absences: [String: [Range<Int64>]] = [:]
    /// Participants who had a track, be it one that never had a packet: they do not only watch.
    public private(set) var publishers: Set<String> = []

    /// A picture that stays because its participant is away is dimmed after so many microseconds.
    private static let patience: Int64 = 1_500_000

    /// Reads the journal in `folder`. Where there is none, nothing is known.
    public init(folder: String) {
        self.init(RestartBridge.bridged((try? Journal.read(folder: folder)) ?? []))
    }

    /// Collects the `track`, `untrack`, `away`, `back`, `record` and `stop` lines of `events`, as ``RestartBridge`` leaves
    /// them.
    init(_ events: [Journal.Event]) {
        var tracks: [UInt32: Track] = [:]
        var away: [String: Int64] = [:]
        var isStopped = false
        for event in events {
            let time = Self.sane(event.time)
            switch event.event {
            case "track":
                guard let id = event.track, let participant = event.participant else { continue }
                publishers.insert(participant)
                guard let codec = event.codec.flatMap(CodecID.init), codec.kind == .video else { continue }
                end(&tracks[id], at: time)
                let key = Key(participant: participant, source: event.source ?? "")
                tracks[id] = Track(key: key, since: isStopped ? nil : time)
            case "untrack":
                guard let id = event.track else { continue }
                end(&tracks[id], at: time)
                tracks[id] = nil
            case "stop", "end":
                // What is not recorded is not shown, be it a picture that stays.
                for id in tracks.keys { end(&tracks[id], at: time) }
                isStopped = true
            case "record":
                guard isStopped else { continue }
                isStopped = false
                for id in tracks.keys { tracks[id]?.since = time }
            case "away":
                guard let participant = event.participant else { continue }
                away[participant] = away[participant] ?? time
            case "back", "leave":
                guard let participant = event.participant, let since = away.removeValue(forKey: participant)
                else { continue }
                absences[participant, default: []].append(since..<max(since, time))
            default: break
            }
        }
        // A server that crashed did not see the end.
        let last = events.map { Self.sane($0.time) }.max() ?? 0
        for id in tracks.keys { end(&tracks[id], at: last) }
        for (participant, since) in away {
            absences[participant, default: []].append(since..<max(since, last))
        }
    }

    /// A damaged journal can claim any time; beyond 35 years it is nonsense.
    private static func sane(_ time: Int64) -> Int64 { min(max(time, -(1 << 50)), 1 << 50) }

    private mutating func end(_ track: inout Track?, at time: Int64) {
        guard let key = track?.key, let since = track?.since else { return }
        track?.since = nil
        if time > since { spans[key, default: []].append(since..<time) }
    }

    /// When a participant's source had a video track, microseconds from the meeting's start, in the order of their ends.
    public func ofPictures(participant: String, source: String) -> [Range<Int64>] {
        spans[Key(participant: participant, source: source)] ?? []
    }

    /// When a participant's connection was lost, microseconds from the meeting's start, in order.
    public func absences(of participant: String) -> [Range<Int64>] { absences[participant] ?? [] }

    /// When what stays of a participant is dimmed, microseconds from the meeting's start, in order: from ``patience`` after the
    /// loss of the connection until it is back.
    public func losses(of participant: String) -> [Range<Int64>] {
        absences(of: participant).filter { $0.upperBound - $0.lowerBound > Self.patience }
            .map { $0.lowerBound + Self.patience..<$0.upperBound }
    }
}

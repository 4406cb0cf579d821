import Media

/// Reads a restart of the server as what it was to the people who came back by themselves: a broken connection.
///
/// The journal of a restart has everybody leave and join, and gives their tracks new numbers. Here `leave` and `join` are
/// `away` and `back`, and a track that is published again goes on under its former number.
struct RestartBridge {
    private struct Source: Hashable {
        var participant: String
        var source: String
        var kind: MediaKind?
    }

    /// The end of a track: the line that tells it, and the number that the track had at first.
    private struct Ending {
        var line: Int
        var source: Source
        var track: UInt32
    }

    /// Somebody whom a restart interrupted: the line that says so, and the tracks that ended with it.
    private struct Interruption {
        var line: Int
        var endings: [Ending]
    }

    /// An `untrack` at most so many microseconds before its owner's `leave` ended with it.
    private static let simultaneity: Int64 = 1_000_000
    /// Microseconds from the restart until which a participant has come back.
    private static let longestReturn: Int64 = 60_000_000
    /// Microseconds from the return until which a track has been published again: what a camera takes to open.
    private static let longestOpening: Int64 = 10_000_000

    private var events: [Journal.Event]
    private var dropped: Set<Int> = []
    private var sources: [UInt32: Source] = [:]
    /// First number of each track that goes on under another one.
    private var numbers: [UInt32: UInt32] = [:]
    /// Tracks that have ended, by participant.
    private var endings: [String: [Ending]] = [:]
    private var interruptions: [String: Interruption] = [:]
    /// Tracks that may be published again, and since when.
    private var awaited: [Source: [(ending: Ending, since: Int64)]] = [:]
    private var restart: (line: Int, time: Int64)?
    /// The last line so far that says that the meeting is over.
    private var lastEnd: Int?

    /// `events` without their restarts. Idempotent.
    static func bridged(_ events: [Journal.Event]) -> [Journal.Event] {
        guard events.contains(where: { $0.event == "restart" }) else { return events }
        var bridge = RestartBridge(events)
        for line in events.indices { bridge.read(line) }
        return bridge.events.enumerated().filter { !bridge.dropped.contains($0.offset) }.map(\.element)
    }

    private init(_ events: [Journal.Event]) { self.events = events }

    private mutating func read(_ line: Int) {
        let event = events[line]
        switch event.event {
        case "track": begin(event, line)
        case "untrack": end(event, line)
        case "leave": leave(event, line)
        case "join": join(event, line)
        case "end": lastEnd = line
        case "restart":
            // It was not the end of the meeting.
            if let lastEnd { dropped.insert(lastEnd) }
            lastEnd = nil
            restart = (line, event.time)
        default: break
        }
    }

    private mutating func begin(_ event: Journal.Event, _ line: Int) {
        guard let number = event.track, let participant = event.participant else { return }
        let kind = event.codec.flatMap(CodecID.init)?.kind
        let source = Source(participant: participant, source: event.source ?? "", kind: kind)
        sources[number] = source
        if let former = numbers[number] {
            events[line].track = former
        } else if let (ending, since) = awaited[source]?.popLast(),
            event.time &- since <= Self.longestOpening
        {
            numbers[number] = ending.track
            dropped.formUnion([line, ending.line])
        }
    }

    private mutating func end(_ event: Journal.Event, _ line: Int) {
        guard let number = event.track, let source = sources[number] else { return }
        let former = numbers[number] ?? number
        events[line].track = former
        endings[source.participant, default: []].append(Ending(line: line, source: source, track: former))
    }

    private mutating func leave(_ event: Journal.Event, _ line: Int) {
        guard let participant = event.participant else { return }
        let ended = endings.removeValue(forKey: participant) ?? []
        guard event.reason == MeetingContinuation.restarting else {
            interruptions[participant] = nil
            return
        }
        let first = event.time &- Self.simultaneity
        let known = events
        interruptions[participant] = Interruption(
            line: line, endings: ended.filter { known[$0.line].time >= first })
    }

    private mutating func join(_ event: Journal.Event, _ line: Int) {
        guard let participant = event.participant,
            let interruption = interruptions.removeValue(forKey: participant),
            let restart, restart.line > interruption.line, event.time &- restart.time <= Self.longestReturn
        else { return }
        events[interruption.line].event = "away"
        events[line].event = "back"
        for ending in interruption.endings {
            // Without a successor the last picture stays until the return.
            events[ending.line].time = event.time
            awaited[ending.source, default: []].append((ending, event.time))
        }
    }
}

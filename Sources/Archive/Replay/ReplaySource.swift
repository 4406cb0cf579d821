import Container
import Media

/// A recorded meeting as it happened: everybody's packets merged on the meeting's time line, with the joins, leaves,
/// lines of chat and gaps of the journal at their times.
///
/// Reads finished files and such that are being written or were left by a crash. Confined to one thread; blocks on the
/// disk.
///
///     let source = try ReplaySource(folder: entry.folder, manifest: entry.manifest)
///     source.seek(to: 750_000_000)
///     while let item = source.next() { … }
public final class ReplaySource {
    /// What the meeting's folder holds.
    public let manifest: MeetingManifest
    /// Microseconds from the meeting's start to its end, as far as it is known without reading the files.
    public let duration: Int64
    /// Identifiers of those who had a track at some time; the others only watched.
    public let publishers: Set<String>
    /// What could not be read; the rest is replayed.
    public private(set) var problems: [ArchiveError] = []

    private let folder: String
    private let events: [Journal.Event]
    private let clocks: SegmentClocks
    private let spans: SourceSpans
    /// The files, in the order of their beginnings.
    private let segments: [MeetingManifest.Segment]
    private var nextEvent = 0
    private var nextSegment = 0
    private var readers: [SegmentReader] = []
    /// Who is there after a seek.
    private var ready: [ReplayItem] = []
    /// Beginnings and ends of tracks, in the order of time.
    private var boundaries: [ReplayItem] = []
    private var nextTrack = 1
    /// Microseconds by which the server's clock may say that a track ended before its last picture.
    private static let clockError: Int64 = 500_000

    /// The meeting in `folder`.
    /// - Parameter only: identifiers of the participants to whom it is confined; `nil` for everybody. Chat is always
    ///   everybody's.
    /// - Throws: ``ArchiveError/damaged(path:reason:)`` where there is neither a journal nor a file.
    public init(folder: String, manifest: MeetingManifest, only: Set<String>? = nil) throws(ArchiveError) {
        self.folder = folder
        self.manifest = manifest
        func isWanted(_ participant: String?) -> Bool {
            participant.map { only?.contains($0) ?? true } ?? true
        }
        let journal: [Journal.Event]
        do { journal = try Journal.read(folder: folder) } catch {
            guard !manifest.segments.isEmpty else { throw error }
            problems = [error]
            journal = Self.attendance(manifest)
        }
        clocks = SegmentClocks(journal)
        let believed = manifest.segments.map(clocks.believed)
        let bridged = RestartBridge.bridged(journal)
        let spans = SourceSpans(bridged)
        self.spans = spans
        publishers = spans.publishers.union(manifest.segments.map(\.participant))
        segments = believed.filter { isWanted($0.participant) }.sorted { $0.start < $1.start }
        let happenings = bridged.filter { event in
            switch event.event {
            case "chat": true
            case "join", "leave", "gap": isWanted(event.participant)
            default: false
            }
        }
        let absences = Self.absences(spans).filter { isWanted($0.participant) }
        events = (happenings + absences).sorted { $0.time < $1.time }
        let ends = believed.map { $0.start &+ $0.duration } + [journal.last?.time ?? 0]
        duration = max(0, ends.max() ?? 0)
    }

    /// The absences that are long enough to be seen, as ``SourceSpans/losses(of:)`` tells them.
    private static func absences(_ spans: SourceSpans) -> [Journal.Event] {
        var events: [Journal.Event] = []
        for participant in spans.absences.keys {
            for loss in spans.losses(of: participant) {
                for (name, time) in [("away", loss.lowerBound), ("back", loss.upperBound)] {
                    var event = Journal.Event(time: time, event: name)
                    event.participant = participant
                    events.append(event)
                }
            }
        }
        return events
    }

    /// What the manifest knows of joining and leaving, for a meeting that has lost its journal.
    private static func attendance(_ manifest: MeetingManifest) -> [Journal.Event] {
        manifest.participants.flatMap { participant in
            var join = Journal.Event(time: participant.joined, event: "join")
            (join.participant, join.name) = (participant.id, participant.name)
            guard let left = participant.left else { return [join] }
            var leave = Journal.Event(time: left, event: "leave")
            leave.participant = participant.id
            return [join, leave]
        }
    }

    /// Goes to `time`, microseconds from the meeting's start. What follows: who is there then, and of each track the
    /// packets from the last keyframe at or before it; of sound, those of ``SegmentReader/audioPreroll`` before it, also
    /// where they are in the file before.
    public func seek(to time: Int64) {
        readers = []
        boundaries = []
        nextEvent = events.firstIndex { $0.time > time } ?? events.count
        nextSegment = 0
        var present: [(participant: String, name: String)] = []
        var away: Set<String> = []
        for event in events[..<nextEvent] {
            guard let participant = event.participant else { continue }
            if event.event == "join" || event.event == "leave" {
                present.removeAll { $0.participant == participant }
            }
            if event.event == "join" { present.append((participant, event.name ?? participant)) }
            if event.event == "back" || event.event == "leave" { away.remove(participant) }
            if event.event == "away" { away.insert(participant) }
        }
        ready = present.map {
            ReplayItem(time: time, event: .joined(participant: $0.participant, name: $0.name))
        }
        ready += present.filter { away.contains($0.participant) }
            .map { ReplayItem(time: time, event: .away(participant: $0.participant)) }
        while nextSegment < segments.count, segments[nextSegment].start <= time {
            let segment = segments[nextSegment]
            nextSegment += 1
            if segment.state != .finalised || end(of: segment) >= time - SegmentReader.audioPreroll {
                open(segment, from: time)
            }
        }
    }

    /// What happens next, in the order of time; `nil` at the end of what is recorded.
    public func next() -> ReplayItem? {
        if !ready.isEmpty { return ready.removeFirst() }
        while true {
            closeFinished()
            let event = nextEvent < events.count ? events[nextEvent].time : nil
            let segment = nextSegment < segments.count ? segments[nextSegment].start : nil
            let packet = readers.enumerated().compactMap { index, reader in
                reader.nextTime.map { (reader: index, time: $0) }
            }.min { $0.time < $1.time }
            guard
                let earliest = [event, segment, boundaries.first?.time, packet?.time].compactMap({ $0 }).min()
            else { return nil }
            if segment == earliest {
                nextSegment += 1
                open(segments[nextSegment - 1], from: nil)
            } else if event == earliest {
                nextEvent += 1
                if let item = Self.item(events[nextEvent - 1]) { return item }
            } else if boundaries.first?.time == earliest {
                return boundaries.removeFirst()
            } else if let packet, let (track, time, next) = readers[packet.reader].next() {
                return ReplayItem(time: time, event: .packet(track, next))
            }
        }
    }

    /// Microseconds from the meeting's start until which a file's last picture stays: a source on which nothing moves sends
    /// nothing, and is there until its track ends.
    private func end(of segment: MeetingManifest.Segment) -> Int64 {
        let end = segment.start &+ segment.duration
        guard Self.hasPictures(segment) else { return end }
        return pictureEnd(
            participant: segment.participant, source: segment.source, begun: segment.start, after: end)
    }

    /// - Parameters:
    ///   - start: when the file began.
    ///   - end: when its packets end.
    private func pictureEnd(
        participant: String, source: String, begun start: Int64, after end: Int64
    ) -> Int64 {
        let span = spans.ofPictures(participant: participant, source: source)
            .first { $0.lowerBound <= end && $0.upperBound >= end - Self.clockError }
        let next = segments.first {
            $0.start > start && $0.participant == participant && $0.source == source && Self.hasPictures($0)
        }
        // The next file takes the tile over as soon as its first packet is due.
        let successor = next.map { $0.start &+ Self.clockError } ?? .max
        return max(end, min(span?.upperBound ?? end, successor))
    }

    private static func hasPictures(_ segment: MeetingManifest.Segment) -> Bool {
        segment.tracks.contains { $0.kind == MediaKind.video.rawValue }
    }

    private func open(_ segment: MeetingManifest.Segment, from time: Int64?) {
        let path = folder + "/" + segment.file
        do {
            let reader = try SegmentReader(path: path, from: time) { place, media in
                defer { nextTrack += 1 }
                return ReplayTrack(
                    id: nextTrack, participant: segment.participant, source: segment.source, media: media,
                    clock: clocks.map(of: segment, track: place))
            }
            // A file may be over before the time that was asked for.
            guard let begin = reader.nextTime else { return note(reader) }
            for track in reader.tracks { insert(ReplayItem(time: begin, event: .trackBegan(track))) }
            readers.append(reader)
        } catch {
            problems.append(.container(error))
        }
    }

    private func closeFinished() {
        for reader in readers where reader.nextTime == nil {
            for track in reader.tracks {
                insert(ReplayItem(time: reader.end, event: .packetsEnded(track)))
                let end =
                    track.media.kind == .video
                    ? pictureEnd(
                        participant: track.participant, source: track.source,
                        begun: track.meetingTime(of: 0), after: reader.end)
                    : reader.end
                insert(ReplayItem(time: end, event: .trackEnded(track)))
            }
            note(reader)
        }
        readers.removeAll { $0.nextTime == nil }
    }

    private func insert(_ boundary: ReplayItem) {
        let index = boundaries.firstIndex { $0.time > boundary.time } ?? boundaries.count
        boundaries.insert(boundary, at: index)
    }

    private func note(_ reader: SegmentReader) {
        if let problem = reader.problem { problems.append(.container(problem)) }
    }

    private static func item(_ event: Journal.Event) -> ReplayItem? {
        let participant = event.participant ?? ""
        switch event.event {
        case "join":
            return ReplayItem(
                time: event.time, event: .joined(participant: participant, name: event.name ?? participant))
        case "leave": return ReplayItem(time: event.time, event: .left(participant: participant))
        case "away": return ReplayItem(time: event.time, event: .away(participant: participant))
        case "back": return ReplayItem(time: event.time, event: .back(participant: participant))
        case "chat":
            return ReplayItem(
                time: event.time,
                event: .chat(
                    participant: participant, name: event.name ?? participant, text: event.text ?? ""))
        case "gap":
            return ReplayItem(
                time: event.time,
                event: .gap(
                    participant: participant, packets: event.packets ?? 0, reason: event.reason ?? ""))
        default: return nil
        }
    }
}

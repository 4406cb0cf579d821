import Media

/// What a journal says of the clocks of a meeting's tracks: what replay and export place pictures and sounds by.
///
/// A publisher can say anything of its clock. What was captured came to the server soon after it, so a file is believed only
/// near the time at which the journal says that it began, and nothing in it lies behind the time at which it ended.
public struct SegmentClocks: Sendable {
    private struct File: Sendable {
        /// Nanoseconds of the tracks' time line at the file's time 0.
        var base: Int64
        var tracks: [UInt32]
        var stretch: Int
        /// Which line of the journal says that it began.
        var line: Int
        /// Microseconds of the meeting at which it began, by the server's clock.
        var began: Int64
        /// Microseconds of the meeting by which all of it had come; `nil` where the journal does not tell.
        var ended: Int64?
        var source: String
    }

    /// A track in one stretch of the meeting between two pauses: the meeting's time stands still in a pause, while the
    /// track's goes on, so no clock goes across one.
    private struct Lane: Hashable {
        var track: UInt32
        var stretch: Int
    }

    private struct Statement: Sendable {
        /// Nanoseconds of the track's time line, nanoseconds of the meeting.
        var point: ClockMap.Point
        /// Which line of the journal it is.
        var line: Int
    }

    private var statements: [Lane: [Statement]] = [:]
    private var files: [String: File] = [:]
    /// Files that are being written, as the journal is read.
    private var open: Set<String> = []

    /// Microseconds by which a file may begin before the journal says so: the longest pre-roll there can be, and a minute.
    private static let mostBefore: Int64 = 660_000_000
    /// Microseconds by which something may seem to be captured after it came: clocks agree to some milliseconds.
    private static let mostAfter: Int64 = 10_000_000

    /// Reads the journal in `folder`. Where there is none, each file's own beginning counts.
    public init(folder: String) { self.init((try? Journal.read(folder: folder)) ?? []) }

    /// Collects what `events` say of tracks, clocks and files.
    init(_ events: [Journal.Event]) {
        var bases: [UInt32: TimeBase] = [:]
        var stretch = 0
        for (line, event) in events.enumerated() {
            switch event.event {
            case "track":
                guard let track = event.track, let base = event.timeBase, base.count == 2 else { continue }
                bases[track] = TimeBase(base[0], base[1])
            case "clock":
                guard let track = event.track, let pts = event.pts, let base = bases[track] else { continue }
                let point = ClockMap.Point(
                    media: base.rescale(pts, to: .nanoseconds), meeting: event.time &* 1000)
                statements[Lane(track: track, stretch: stretch), default: []].append(
                    Statement(point: point, line: line))
            case "segment": begin(event, line, stretch)
            case "untrack":
                end(at: event.time) { [track = event.track] in track.map($0.tracks.contains) ?? false }
            case "leave":
                let prefix = (event.participant ?? "") + "/"
                end(at: event.time) { $0.source.hasPrefix(prefix) }
            case "stop", "end": end(at: event.time) { _ in true }
            case "pause":
                stretch += 1
                end(at: event.time) { _ in true }
            default: break
            }
        }
    }

    private mutating func begin(_ event: Journal.Event, _ line: Int, _ stretch: Int) {
        guard let name = event.file, let base = event.base else { return }
        let source = "\(event.participant ?? "")/\(event.source ?? "")"
        end(at: event.time) { $0.source == source }
        files[name] = File(
            base: base, tracks: event.tracks?.map(\.track) ?? [], stretch: stretch, line: line,
            began: event.time, ended: nil, source: source)
        open.insert(name)
    }

    private mutating func end(at time: Int64, _ isMeant: (File) -> Bool) {
        for name in open {
            guard let file = files[name], isMeant(file) else { continue }
            files[name]?.ended = time
            open.remove(name)
        }
    }

    /// The clock of the track at `place` in a file. Where the journal does not tell, the file's own beginning counts.
    public func map(of segment: MeetingManifest.Segment, track place: Int) -> ClockMap {
        let start = segment.start &* 1000
        guard let file = files[segment.file] else { return ClockMap(points: [], start: start) }
        let began = file.began &* 1000
        let possible = (began - Self.mostBefore * 1000)...(began + Self.mostAfter * 1000)
        let latest = file.ended.map { max($0, file.began) &* 1000 + Self.mostAfter * 1000 }
        let points = points(file, place, duration: segment.duration &* 1000)
        guard possible.contains(ClockMap(points: points, start: start).meetingTime(ofMedia: 0)) else {
            return ClockMap(points: [], start: began, latest: latest)
        }
        return ClockMap(points: points, start: start, latest: latest)
    }

    /// The statements that hold for a file, nanoseconds of the file: those around it in the journal, up to where the track's time
    /// stamps go back: what an encoder says that was started again is not about the file before.
    private func points(_ file: File, _ place: Int, duration: Int64) -> [ClockMap.Point] {
        let lanes = file.tracks.map { Lane(track: $0, stretch: file.stretch) }
        let own = lanes.indices.contains(place) ? statements[lanes[place]] : nil
        // All tracks of a file have one time line: another's statements are better than none.
        let all = own ?? lanes.lazy.compactMap { statements[$0] }.first ?? []
        func distance(_ statement: Statement) -> (media: UInt64, line: Int) {
            let media = statement.point.media &- file.base
            let outside = media < 0 ? media.magnitude : media > duration ? (media &- duration).magnitude : 0
            return (outside, abs(statement.line - file.line))
        }
        guard let nearest = all.indices.min(by: { distance(all[$0]) < distance(all[$1]) }) else { return [] }
        var (first, last) = (nearest, nearest)
        while first > 0, all[first - 1].point.isBefore(all[first].point) { first -= 1 }
        while last + 1 < all.count, all[last].point.isBefore(all[last + 1].point) { last += 1 }
        return all[first...last].map {
            .init(media: $0.point.media &- file.base, meeting: $0.point.meeting)
        }
    }

    /// `segment` with the beginning and length that are believed.
    func believed(_ segment: MeetingManifest.Segment) -> MeetingManifest.Segment {
        guard files[segment.file] != nil else { return segment }
        let maps = (0..<max(1, segment.tracks.count)).map { map(of: segment, track: $0) }
        var segment = segment
        let ends = maps.map { $0.meetingTime(ofMedia: segment.duration &* 1000) / 1000 }
        segment.start = maps.map { $0.meetingTime(ofMedia: 0) / 1000 }.min() ?? segment.start
        segment.duration = max(0, (ends.max() ?? segment.start) &- segment.start)
        return segment
    }
}

extension ClockMap.Point {
    /// Whether the track's time stamps have not gone back from here to `other`.
    fileprivate func isBefore(_ other: Self) -> Bool { media <= other.media }
}

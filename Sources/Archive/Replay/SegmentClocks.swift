import Media

/// What a journal says of the clocks of a meeting's tracks: what replay and export place pictures and sounds by.
public struct SegmentClocks: Sendable {
    private struct File: Sendable {
        /// Nanoseconds of the tracks' time line at the file's time 0.
        var base: Int64
        var tracks: [UInt32]
        var stretch: Int
    }

    /// A track in one stretch of the meeting between two pauses: the meeting's time stands still in a pause, while the
    /// track's goes on, so no clock goes across one.
    private struct Lane: Hashable {
        var track: UInt32
        var stretch: Int
    }

    /// Nanoseconds of the track's time line, nanoseconds of the meeting.
    private var points: [Lane: [ClockMap.Point]] = [:]
    private var files: [String: File] = [:]

    /// Reads the journal in `folder`. Where there is none, each file's own beginning counts.
    public init(folder: String) { self.init((try? Journal.read(folder: folder)) ?? []) }

    /// Collects the `track`, `clock`, `segment` and `pause` lines of `events`.
    init(_ events: [Journal.Event]) {
        var bases: [UInt32: TimeBase] = [:]
        var stretch = 0
        for event in events {
            switch event.event {
            case "track":
                guard let track = event.track, let base = event.timeBase, base.count == 2 else { continue }
                bases[track] = TimeBase(base[0], base[1])
            case "clock":
                guard let track = event.track, let pts = event.pts, let base = bases[track] else { continue }
                points[Lane(track: track, stretch: stretch), default: []].append(
                    .init(media: base.rescale(pts, to: .nanoseconds), meeting: event.time &* 1000))
            case "segment":
                guard let file = event.file, let base = event.base else { continue }
                files[file] = File(base: base, tracks: event.tracks?.map(\.track) ?? [], stretch: stretch)
            case "pause": stretch += 1
            default: break
            }
        }
    }

    /// The clock of the track at `place` in a file. Where the journal does not tell, the file's own beginning counts.
    public func map(of segment: MeetingManifest.Segment, track place: Int) -> ClockMap {
        let start = segment.start &* 1000
        guard let file = files[segment.file] else { return ClockMap(points: [], start: start) }
        let lanes = file.tracks.map { Lane(track: $0, stretch: file.stretch) }
        let own = lanes.indices.contains(place) ? points[lanes[place]] : nil
        // All tracks of a file have one time line: another's statements are better than none.
        let found = own ?? lanes.lazy.compactMap { points[$0] }.first ?? []
        return ClockMap(
            points: found.map { .init(media: $0.media &- file.base, meeting: $0.meeting) }, start: start)
    }
}

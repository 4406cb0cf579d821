import Archive

/// Everything of one source of one participant: what becomes a tile and a voice.
struct RecordedSource: Sendable {
    let participant: String
    /// What the tile says.
    private(set) var title: String
    /// In the order of their beginnings.
    let files: [RecordedFile]
    /// When there is a tile, microseconds from the meeting's start, in order.
    private(set) var presence: [Range<Int64>]
    /// From when on, microseconds from the meeting's start, a picture that stays is dimmed because its participant is away;
    /// `nil` for pictures that come regularly, of which a while without one says so.
    let losses: [Int64]?
    /// When the pictures were taken away, microseconds from the meeting's start, in order: what follows is a tile with the
    /// name only.
    let endings: [Int64]
    /// Whether it has a tile: one with pictures, or the one that has its participant's name while there are none.
    private(set) var isShown: Bool

    private static let mainSource = "camera"
    /// A source whose pictures are away for less is shown as a still, microseconds.
    private static let shortAbsence: Int64 = 5_000_000

    /// Whether pictures come only when something changes, as a screen's do.
    static func isIrregular(_ source: String) -> Bool { source != mainSource }

    /// The sources of a meeting, in the order in which their participants came.
    static func all(of selection: MeetingSelection) -> [RecordedSource] {
        let manifest = selection.manifest
        let recorded = zip(manifest.segments, selection.files)
        let groups = Dictionary(grouping: recorded) { $0.0.participant }
        let order = manifest.participants.map(\.id)
        let participants = selection.senders.sorted {
            (order.firstIndex(of: $0) ?? .max, $0) < (order.firstIndex(of: $1) ?? .max, $1)
        }
        return participants.flatMap { id -> [RecordedSource] in
            let sources = Dictionary(grouping: groups[id] ?? []) { $0.0.source }
            let files = sources.mapValues { $0.map(\.1).sorted { $0.start < $1.start } }
            return all(of: id, files, selection)
        }
    }

    /// The sources of one participant, whose files are given by source.
    private static func all(
        of id: String, _ files: [String: [RecordedFile]], _ selection: MeetingSelection
    ) -> [RecordedSource] {
        let person = selection.manifest.participants.last { $0.id == id }
        let name = person?.name ?? id
        let recorded = files.values.joined()
        let starts = recorded.map(\.start) + (person.map { [$0.joined] } ?? [])
        let ends = recorded.map(\.end) + [person?.left ?? selection.range.upperBound]
        let start = starts.min() ?? selection.range.lowerBound
        let stay = start..<max(start, ends.max() ?? start)
        let names = files.keys.filter { $0 == mainSource } + files.keys.filter { $0 != mainSource }.sorted()
        var sources = names.enumerated().map { index, source in
            RecordedSource(
                id, source: source, title: index == 0 ? name : "\(name) – \(source)",
                files: files[source] ?? [], stay: stay, selection.spans)
        }
        let pictures = sources.filter(\.isShown).flatMap(\.presence)
        let rest = TileTimes.rest(of: stay, besides: pictures)
        guard !rest.isEmpty else { return sources }
        if let index = sources.firstIndex(where: { !$0.isShown }) {
            sources[index].title = name
            sources[index].presence = rest
            sources[index].isShown = true
        } else {
            sources.append(RecordedSource(id, name: name, presence: rest))
        }
        return sources
    }

    /// One of which nothing is recorded: a tile with the name.
    private init(_ id: String, name: String, presence: [Range<Int64>]) {
        participant = id
        title = name
        files = []
        self.presence = presence
        losses = nil
        endings = []
        isShown = true
    }

    /// - Parameter stay: from when to when its participant was there.
    private init(
        _ id: String, source: String, title: String, files: [RecordedFile], stay: Range<Int64>,
        _ spans: SourceSpans
    ) {
        participant = id
        self.title = title
        self.files = files
        isShown = files.contains { $0.hasVideo }
        let tracks = spans.ofPictures(participant: id, source: source)
            .sorted { $0.lowerBound < $1.lowerBound }
        guard isShown, Self.isIrregular(source) else {
            // Who lost the camera for a while is still there until leaving.
            presence = [stay]
            losses = nil
            endings = Self.joined(tracks).map(\.upperBound)
            return
        }
        losses = spans.losses(of: id).map(\.lowerBound)
        endings = []
        let recorded = files.map { $0.start..<max($0.end, $0.start + 1) }
        presence = Self.joined((recorded + tracks).sorted { $0.lowerBound < $1.lowerBound })
    }

    private static func joined(_ spans: [Range<Int64>]) -> [Range<Int64>] {
        spans.reduce(into: []) { result, span in
            if let last = result.last, span.lowerBound - last.upperBound < shortAbsence {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
            } else {
                result.append(span)
            }
        }
    }
}

import Archive

/// Everything of one source of one participant: what becomes a tile and a voice.
struct RecordedSource: Sendable {
    let participant: String
    /// What the tile says.
    let title: String
    /// In the order of their beginnings.
    let files: [RecordedFile]
    /// When there is a tile, microseconds from the meeting's start, in order.
    let presence: [Range<Int64>]
    /// From when on, microseconds from the meeting's start, a picture that stays is one whose successor is missing; `nil` for
    /// pictures that come regularly, of which a while without one says so.
    let losses: [Int64]?
    /// When the pictures were taken away, microseconds from the meeting's start, in order: what follows is a tile with the
    /// name only.
    let endings: [Int64]
    /// Whether it has a tile: it has pictures, or its participant has none at all.
    let isShown: Bool

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
        let participants = groups.keys.sorted {
            (order.firstIndex(of: $0) ?? .max, $0) < (order.firstIndex(of: $1) ?? .max, $1)
        }
        return participants.flatMap { id -> [RecordedSource] in
            let sources = Dictionary(grouping: groups[id] ?? []) { $0.0.source }
            let hasPictures = sources.values.joined().contains { $0.1.hasVideo }
            let names =
                sources.keys.filter { $0 == mainSource } + sources.keys.filter { $0 != mainSource }.sorted()
            return names.enumerated().map { index, name in
                let files = (sources[name] ?? []).map(\.1).sorted { $0.start < $1.start }
                return RecordedSource(
                    id, source: name, isMain: index == 0, files: files, hasPictures: hasPictures, selection)
            }
        }
    }

    private init(
        _ id: String, source: String, isMain: Bool, files: [RecordedFile], hasPictures: Bool,
        _ selection: MeetingSelection
    ) {
        let person = selection.manifest.participants.last { $0.id == id }
        let name = person?.name ?? id
        participant = id
        title = isMain ? name : "\(name) – \(source)"
        self.files = files
        isShown = hasPictures ? files.contains { $0.hasVideo } : isMain
        let tracks = selection.spans.ofPictures(participant: id, source: source)
            .sorted { $0.lowerBound < $1.lowerBound }
        let isIrregular = Self.isIrregular(source) && files.contains { $0.hasVideo }
        losses = isIrregular ? selection.spans.absences(of: id).map(\.lowerBound) : nil
        endings = isIrregular ? [] : Self.joined(tracks).map(\.upperBound)
        let spans = files.map { $0.start..<max($0.end, $0.start + 1) }
        if isMain, !isIrregular, let first = spans.first {
            // Who lost the camera for a while is still there until leaving.
            let end = spans.map(\.upperBound).max() ?? first.upperBound
            presence = [first.lowerBound..<max(person?.left ?? end, end)]
        } else {
            presence = Self.joined((spans + tracks).sorted { $0.lowerBound < $1.lowerBound })
        }
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

import Archive
import Media

/// A stretch of a meeting of the archive: which, and from when to when.
struct MeetingSelection: Sendable {
    let folder: String
    let manifest: MeetingManifest
    /// Microseconds from the meeting's start; not empty.
    let range: Range<Int64>
    /// In the order of the manifest's segments.
    let files: [RecordedFile]
    /// When the sources were there.
    let spans: SourceSpans

    /// Identifiers of those of whom something is recorded, or who had a track: the others only watched.
    var senders: Set<String> {
        spans.publishers.intersection(manifest.participants.map(\.id)).union(
            manifest.segments.map(\.participant))
    }

    /// Finds the meeting.
    /// - Throws: ``AppError`` where there is nothing of it in the stretch.
    init(meeting: String, archive: String?, configuration: String?, from: Int64?, to: Int64?) throws {
        let settings = try AppConfiguration(
            file: configuration, flags: archive.map { ["archive.path": .text($0)] } ?? [:])
        let entry = try ArchiveCatalogue(path: settings.text("archive.path")).meeting(meeting)
        folder = entry.folder
        manifest = entry.manifest
        let clocks = SegmentClocks(folder: entry.folder)
        spans = SourceSpans(folder: entry.folder)
        files = manifest.segments.map { RecordedFile($0, folder: entry.folder, clocks: clocks) }
        guard let first = files.map(\.start).min(), let recorded = files.map(\.end).max() else {
            throw AppError("Nothing was recorded in the meeting \(meeting).", status: .inputNotFound)
        }
        let last = Self.end(manifest, files, spans, after: recorded)
        let (start, end) = (from ?? first, min(to ?? last, last))
        guard start < end else {
            throw AppError(
                "There is nothing from \(ClockTime.text(start)) to \(ClockTime.text(to ?? last)): the meeting"
                    + " is recorded from \(ClockTime.text(first)) to \(ClockTime.text(last)).",
                status: .usage)
        }
        range = start..<end
    }

    /// A still is shown for so long behind all that was recorded, microseconds, whatever a damaged journal says: a day.
    private static let longestStill: Int64 = 86_400_000_000

    /// The end of what can be seen or heard: a picture of a screen lasts until its track is taken away.
    private static func end(
        _ manifest: MeetingManifest, _ files: [RecordedFile], _ spans: SourceSpans, after recorded: Int64
    ) -> Int64 {
        let stills = zip(manifest.segments, files).filter {
            RecordedSource.isIrregular($0.source) && $1.hasVideo
        }
        let ends = stills.flatMap { segment, file in
            spans.ofPictures(participant: segment.participant, source: segment.source)
                .filter { $0.contains(file.start) || $0.contains(file.end) }.map(\.upperBound)
        }
        return min(max(recorded, ends.max() ?? recorded), recorded + longestStill)
    }
}

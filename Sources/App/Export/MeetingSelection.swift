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

    /// Finds the meeting.
    /// - Throws: ``AppError`` where there is nothing of it in the stretch.
    init(meeting: String, archive: String?, configuration: String?, from: Int64?, to: Int64?) throws {
        let settings = try AppConfiguration(
            file: configuration, flags: archive.map { ["archive.path": .text($0)] } ?? [:])
        let entry = try ArchiveCatalogue(path: settings.text("archive.path")).meeting(meeting)
        folder = entry.folder
        manifest = entry.manifest
        let clocks = SegmentClocks(folder: entry.folder)
        files = manifest.segments.map { RecordedFile($0, folder: entry.folder, clocks: clocks) }
        guard let first = files.map(\.start).min(), let last = files.map(\.end).max() else {
            throw AppError("Nothing was recorded in the meeting \(meeting).", status: .inputNotFound)
        }
        let (start, end) = (from ?? first, min(to ?? last, last))
        guard start < end else {
            throw AppError(
                "There is nothing from \(ClockTime.text(start)) to \(ClockTime.text(to ?? last)): the meeting"
                    + " is recorded from \(ClockTime.text(first)) to \(ClockTime.text(last)).",
                status: .usage)
        }
        range = start..<end
    }
}

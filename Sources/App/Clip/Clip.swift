import Archive
import Container
import Glibc
import Media

/// `convene clip`: a stretch of every recording of a meeting.
public enum Clip {
    /// Writes a file for each recording that has something in the stretch.
    /// - Throws: ``AppError``, also where SIGINT or SIGTERM ended it; clips that were complete by then stay.
    @MainActor
    public static func run(_ options: ClipOptions) async throws {
        guard options.from < options.to else {
            throw AppError(
                "--from \(ClockTime.text(options.from)) is not before --to \(ClockTime.text(options.to)).",
                status: .usage)
        }
        let selection = try MeetingSelection(
            meeting: options.meeting, archive: options.archive, configuration: options.configuration,
            from: options.from, to: options.to)
        if mkdir(options.folder, 0o755) != 0, errno != EEXIST {
            throw AppError(
                "The folder \(options.folder) cannot be made: \(SystemError.text(errno)). Choose another.",
                status: .inputOutput)
        }
        let range = options.from..<options.to
        try await Termination.run(after: nil) { termination in
            let files = zip(selection.manifest.segments, selection.files).map {
                (name: $0.file, file: $1.anchored(at: range.lowerBound))
            }.sorted { ($0.file.start, $0.name) < ($1.file.start, $1.name) }
                .filter { $0.file.start < range.upperBound && $0.file.end > range.lowerBound }
            let existing = try ExistingFiles(overwrite: options.overwrites)
                .checked(files.map { options.folder + "/" + $0.name })
            var count = 0
            for (name, file) in files {
                let path = options.folder + "/" + name
                let part = try PartialFile(path, existing)
                do {
                    let result = try await ClipWriter(file: file, range: range).run(
                        part.temporary, termination)
                    guard !termination.isRequested else {
                        throw AppError("The clip was interrupted; \(path) was not written.", status: .failure)
                    }
                    guard result.copied + result.encoded > 0 else {
                        part.discard()
                        continue
                    }
                    try part.commit()
                    count += 1
                    Output.line(
                        "\(path): \(result.copied) packets copied, \(result.encoded) pictures encoded anew")
                } catch let error as ClipWriter.Unreadable {
                    part.discard()
                    SkippedMedia.note(file.path, "it", error.reason)
                } catch {
                    part.discard()
                    throw error
                }
            }
            if count == 0 { throw AppError("Nobody was recorded in that stretch.", status: .inputNotFound) }
        }
    }
}

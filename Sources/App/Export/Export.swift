import Archive
import Container
import Glibc
import Media

/// `convene export`: one film of a meeting.
public enum Export {
    /// Writes the file, and beside it the chat where there was any. All or nothing. Files that are there already are replaced
    /// only where ``ExportOptions/overwrites`` says so, or the user at the terminal.
    /// - Throws: ``AppError``, also where SIGINT or SIGTERM ended it.
    @MainActor
    public static func run(_ options: ExportOptions) async throws {
        try options.validate()
        let selection = try MeetingSelection(
            meeting: options.meeting, archive: options.archive, configuration: options.configuration,
            from: options.from, to: options.to)
        let existing = try ExistingFiles(overwrite: options.overwrites)
            .checked([options.output, ChatSidecar.path(beside: options.output)])
        try await Termination.run(after: nil) { termination in
            try await write(options, selection, existing, termination)
        }
    }

    @MainActor
    private static func write(
        _ options: ExportOptions, _ selection: MeetingSelection, _ existing: ExistingFiles,
        _ termination: Termination
    ) async throws {
        let film = try PartialFile(options.output, existing)
        let pipeline = try ExportPipeline(options: options, selection: selection)
        let watcher = Task {
            await termination.wait()
            pipeline.cancel()
        }
        do {
            let seconds = try await pipeline.run(path: film.temporary)
            guard !termination.isRequested else {
                throw AppError("The export was interrupted. Nothing was written.", status: .failure)
            }
            let chat = try Sidecar(selection, beside: options.output, existing)
            do { try film.commit() } catch {
                chat.discard()
                throw error
            }
            try chat.commit()
            let length = selection.range.upperBound - selection.range.lowerBound
            let speed = seconds > 0 ? Double(length) / 1e6 / seconds : 0
            Output.line(
                "\(options.output): \(ClockTime.text(length)) of the meeting in"
                    + " \(ClockTime.text(Int64(seconds * 1e6))), \(ExportProgress.factor(speed)) times real time"
            )
            if chat.isThere { Output.line("\(chat.path): the chat") }
        } catch {
            film.discard()
            termination.request()
            _ = await watcher.value
            throw error
        }
        termination.request()
        _ = await watcher.value
    }
}

/// The file of the chat beside a film. It is made before the film gets its name and gets its own right behind it; what an
/// earlier film had goes.
private struct Sidecar {
    let path: String
    private let file: PartialFile?

    /// Whether there was any chat.
    var isThere: Bool { file != nil }

    init(_ selection: MeetingSelection, beside film: String, _ existing: ExistingFiles) throws {
        path = ChatSidecar.path(beside: film)
        guard let text = ChatSidecar.text(try ChatLine.read(folder: selection.folder), range: selection.range)
        else {
            file = nil
            return
        }
        let file = try PartialFile(path, existing)
        do { try RecordingFile(file.temporary, .update).write(Array(text.utf8), at: 0) } catch {
            file.discard()
            throw error
        }
        self.file = file
    }

    func commit() throws {
        guard let file else {
            // Players would show the chat of another film.
            guard unlink(path) != 0, errno != ENOENT else { return }
            throw AppError(
                "The chat of an earlier film, \(path), cannot be removed: \(SystemError.text(errno))."
                    + " Remove it.", status: .inputOutput)
        }
        try file.commit()
    }

    func discard() { file?.discard() }
}

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
        let chat = ChatSidecar.text(try ChatLine.read(folder: selection.folder), range: selection.range)
        let path = ChatSidecar.path(beside: options.output)
        let existing = try ExistingFiles(overwrite: options.overwrites)
            .checked([options.output] + (chat == nil ? [] : [path]))
        // A film that is there may be replaced, and the chat that belongs to it.
        let removes = options.overwrites || access(options.output, F_OK) == 0
        let plan = Sidecar.Plan(path: path, text: chat, existing: existing, removes: removes)
        try await Termination.run(after: nil) { termination in
            try await write(options, selection, plan, termination)
        }
    }

    @MainActor
    private static func write(
        _ options: ExportOptions, _ selection: MeetingSelection, _ plan: Sidecar.Plan,
        _ termination: Termination
    ) async throws {
        let film = try PartialFile(options.output, plan.existing)
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
            let chat = try Sidecar(plan)
            do { try film.commit() } catch {
                chat.discard()
                throw error
            }
            let outcome = try chat.commit()
            let length = selection.range.upperBound - selection.range.lowerBound
            let speed = seconds > 0 ? Double(length) / 1e6 / seconds : 0
            Output.line(
                "\(options.output): \(ClockTime.text(length)) of the meeting in"
                    + " \(ClockTime.text(Int64(seconds * 1e6))), \(ExportProgress.factor(speed)) times real time"
            )
            if let outcome { Output.line(outcome) }
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
/// earlier film had goes. A file that Convene has not written stays, unless this one takes its place.
private struct Sidecar {
    /// What is to become of it.
    struct Plan {
        var path: String
        /// Its content; `nil` where nobody wrote anything.
        var text: String?
        var existing: ExistingFiles
        /// Whether the chat of an earlier film may be removed.
        var removes: Bool
    }

    private let plan: Plan
    private let file: PartialFile?

    init(_ plan: Plan) throws {
        self.plan = plan
        guard let text = plan.text else {
            file = nil
            return
        }
        let file = try PartialFile(plan.path, plan.existing)
        do { try RecordingFile(file.temporary, .update).write(Array(text.utf8), at: 0) } catch {
            file.discard()
            throw error
        }
        self.file = file
    }

    /// - Returns: what the user should know, if anything.
    func commit() throws -> String? {
        let path = plan.path
        var status = stat()
        let isThere = lstat(path, &status) == 0
        let isForeign = isThere && !isOurs
        if let file {
            try file.commit()
            let replaced = isForeign ? ", in place of a file that Convene had not written" : ""
            return "\(path): the chat\(replaced)"
        }
        guard isThere else { return nil }
        guard !isForeign else { return "\(path): not from Convene, so it stays; players may show it" }
        guard plan.removes else {
            return "\(path): the chat of another film, which players may show. --overwrite removes it"
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw AppError(
                "The chat of an earlier film, \(path), cannot be removed: \(SystemError.text(errno))."
                    + " Remove it.", status: .inputOutput)
        }
        return "\(path): removed, because nobody wrote anything in this film"
    }

    func discard() { file?.discard() }

    private var isOurs: Bool {
        do throws(ContainerError) {
            let file = try RecordingFile(plan.path, .read, levels: 1)
            return ChatSidecar.isOurs(try file.read(ChatSidecar.headLength, at: 0))
        } catch { return false }
    }
}

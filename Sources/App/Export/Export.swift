import Archive
import FoundationEssentials
import Media

/// `convene export`: one MP4 of a meeting.
public enum Export {
    /// Writes the file, and beside it the chat where there was any. All or nothing.
    /// - Throws: ``AppError``, also where SIGINT or SIGTERM ended it.
    @MainActor
    public static func run(_ options: ExportOptions) async throws {
        try options.validate()
        let selection = try MeetingSelection(
            meeting: options.meeting, archive: options.archive, configuration: options.configuration,
            from: options.from, to: options.to)
        try await Termination.run(after: nil) { termination in
            try await write(options, selection, termination)
        }
    }

    @MainActor
    private static func write(
        _ options: ExportOptions, _ selection: MeetingSelection, _ termination: Termination
    ) async throws {
        let file = try PartialFile(options.output)
        let pipeline = ExportPipeline(options: options, selection: selection)
        let watcher = Task {
            await termination.wait()
            pipeline.cancel()
        }
        do {
            let seconds = try await pipeline.run(path: file.temporary)
            guard !termination.isRequested else {
                throw AppError("The export was interrupted. Nothing was written.", status: .failure)
            }
            try file.commit()
            let chat = try writeChat(options, selection)
            let length = selection.range.upperBound - selection.range.lowerBound
            let speed = seconds > 0 ? Double(length) / 1e6 / seconds : 0
            Output.line(
                "\(options.output): \(ClockTime.text(length)) of the meeting in"
                    + " \(ClockTime.text(Int64(seconds * 1e6))), \(ExportProgress.factor(speed)) times real time"
            )
            if let chat { Output.line("\(chat): the chat") }
        } catch {
            file.discard()
            termination.request()
            _ = await watcher.value
            throw error
        }
        termination.request()
        _ = await watcher.value
    }

    /// - Returns: the file's name, where there was any chat.
    private static func writeChat(_ options: ExportOptions, _ selection: MeetingSelection) throws -> String? {
        guard let text = ChatSidecar.text(try ChatLine.read(folder: selection.folder), range: selection.range)
        else {
            return nil
        }
        let path = sidecar(options.output)
        try WholeFile.write(Array(text.utf8), to: path)
        return path
    }

    /// `OUT.vtt` for `OUT.mp4`.
    static func sidecar(_ path: String) -> String {
        (path.lowercased().hasSuffix(".mp4") ? String(path.dropLast(4)) : path) + ".vtt"
    }
}

import App
import ArgumentParser

struct ClipCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clip",
        abstract: "Cut a stretch out of everybody's recording.",
        discussion: """
            One file for each recording. Pictures and sound are copied as they are; only the pictures from the cut to the
            next keyframe are encoded anew, so that the clip begins exactly there. Time 0 is the same instant in all clips.
            Clips that are in the folder already are replaced only with --overwrite; on a terminal you are asked.

            EXAMPLES
              convene clip last --from 12:30 --to 14:00 clips
              convene clip standup/2026-03-01T09-30-00Z --from 1:02:03.5 --to 1:03:00 clips
            """)

    @Argument(help: "ROOM/MEETING, a meeting's name, a room for its last meeting, or `last`.")
    var meeting: String

    @Argument(help: ArgumentHelp("Folder for the clips.", valueName: "out-dir"))
    var folder: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Begin there, from the meeting's start: \(CommandTime.positionForms).", valueName: "time"),
        transform: { try MeetingInstant.parsed($0) })
    var from: MeetingInstant

    @Option(
        parsing: .unconditional, help: ArgumentHelp("End there.", valueName: "time"),
        transform: { try MeetingInstant.parsed($0) })
    var to: MeetingInstant

    @Flag(help: "Replace clips that are there already, without asking.")
    var overwrite = false

    @Option(help: ArgumentHelp("Folder of the recordings.", valueName: "dir"))
    var archive: String?

    @Option(
        help: ArgumentHelp("Configuration file (default: config.json where there is one).", valueName: "file")
    )
    var config: String?

    func run() async throws {
        var options = ClipOptions(
            meeting: meeting, folder: folder, from: from.microseconds, to: to.microseconds)
        options.archive = archive
        options.overwrites = overwrite
        options.configuration = config
        try await Clip.run(options)
    }
}

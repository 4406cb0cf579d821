import App
import ArgumentParser

/// How people are arranged, on the command line.
enum LayoutArgument: String, ExpressibleByArgument, CaseIterable {
    case grid
    case speaker

    var arrangement: ExportOptions.Arrangement { self == .grid ? .grid : .speaker }
}

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Make one film of a meeting.",
        discussion: """
            All who were there at each time as a grid, or who speaks large; their names, the mixed sound with all speakers
            equally loud, chapters where somebody came or left, and the chat as subtitles (WebVTT) in a file beside it.
            Where pictures are missing, the last one stays, dimmed. Nothing is left behind where it is interrupted or fails.
            The extension of the file says its format: mp4, m4v, mov, mkv; with --audio-only also m4a and mka. Files that
            are there already are replaced only with --overwrite; on a terminal you are asked.

            EXAMPLES
              convene export last meeting.mp4
              convene export standup meeting.mp4 --layout speaker --size 1280x720
              convene export standup/2026-03-01T09-30-00Z part.mp4 --from 12:30 --to 1:02:03.5
              convene export last sound.m4a --audio-only
            """)

    @Argument(help: "ROOM/MEETING, a meeting's name, a room for its last meeting, or `last`.")
    var meeting: String

    @Argument(help: ArgumentHelp("The file to be written.", valueName: "out.mp4"))
    var output: String

    @Option(help: ArgumentHelp("Folder of the recordings.", valueName: "dir"))
    var archive: String?

    @Option(help: ArgumentHelp("How people are arranged: grid or speaker.", valueName: "layout"))
    var layout = LayoutArgument.grid

    @Option(help: ArgumentHelp("Size of the picture (default: 1920x1080).", valueName: "size"))
    var size: String?

    @Option(help: ArgumentHelp("Pictures a second.", valueName: "n"))
    var rate = 30

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Begin there, from the meeting's start: \(CommandTime.positionForms).", valueName: "time"),
        transform: { try MeetingInstant.parsed($0) })
    var from: MeetingInstant?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("End there.", valueName: "time"),
        transform: { try MeetingInstant.parsed($0) })
    var to: MeetingInstant?

    @Flag(help: "Write the sound only.")
    var audioOnly = false

    @Flag(inversion: .prefixedNo, help: "Make all speakers equally loud.")
    var normalise = true

    @Flag(help: "Replace files that are there already, without asking.")
    var overwrite = false

    @Option(help: ArgumentHelp("x264's preset, ultrafast to placebo.", valueName: "name"))
    var preset = "veryfast"

    @Option(help: ArgumentHelp("Quality of the picture, 0 (best) to 51 (default: 23).", valueName: "n"))
    var crf: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Bits a second of the picture, instead of --crf: 2500k, 2.5M.", valueName: "n"))
    var bitrate: String?

    @Option(
        help: ArgumentHelp("Configuration file (default: config.json where there is one).", valueName: "file")
    )
    var config: String?

    func validate() throws {
        guard crf == nil || bitrate == nil else {
            throw ValidationError("--crf and --bitrate exclude each other: leave out one of them.")
        }
    }

    func run() async throws {
        var options = ExportOptions(meeting: meeting, output: output)
        options.archive = archive
        options.configuration = config
        options.arrangement = layout.arrangement
        if let size {
            let parts = size.split(separator: "x", omittingEmptySubsequences: false).compactMap { Int($0) }
            guard parts.count == 2, parts[0] > 0, parts[1] > 0 else {
                throw AppError("\(size) is no size for --size. Write it as 1280x720.", status: .usage)
            }
            (options.width, options.height) = (parts[0], parts[1])
        }
        options.rate = rate
        options.from = from?.microseconds
        options.to = to?.microseconds
        options.isAudioOnly = audioOnly
        options.preset = preset
        if let crf { options.quality = crf }
        if let bitrate { try options.setBitRate(bitrate) }
        options.normalises = normalise
        options.overwrites = overwrite
        try await Export.run(options)
    }
}

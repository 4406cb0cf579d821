import App
import ArgumentParser

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Show a recorded meeting as it happened, or publish it into a room.",
        discussion: """
            Everybody in sync, people coming and leaving when they did, chat at its time. At the end the last picture stays; q
            leaves. Without a window, and with --exit-at-end, it ends with the meeting.

            Keys: space pause, arrows left and right 10 seconds, up and down a minute, + and - faster and slower, g 1230 Return
            goes to 12:30; and those of `convene view`: f full screen, 1-9 one person large, 0 everybody, s loudspeaker,
            q quit, Tab shows them all.

            EXAMPLES
              convene replay last
              convene replay standup --from 12:30 --speed 1.5
              convene replay standup/2026-03-01T09-30-00Z --only Ada
              convene replay last --headless --speed 4 --stats replay.json
              convene replay last --into convene://localhost/cinema
            """)

    @Argument(help: "ROOM/MEETING, a meeting's name, a room for its last meeting, or `last`.")
    var meeting: String

    @Option(help: ArgumentHelp("Folder of the recordings.", valueName: "dir"))
    var archive: String?

    @Option(
        help: ArgumentHelp(
            "How much faster than it happened, 0.5 to 4; the pitch is kept.", valueName: "factor"))
    var speed = 1.0

    @Flag(help: "Close the window at the end of the meeting.")
    var exitAtEnd = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where to begin: \(CommandTime.positionForms).", valueName: "time"),
        transform: { try MeetingInstant.checked($0) })
    var from: String?

    @Option(help: ArgumentHelp("Only this participant.", valueName: "name"))
    var only: String?

    @Option(
        help: ArgumentHelp(
            "Publish it into this room instead of showing it; not with --speed.", valueName: "url"))
    var into: String?

    @OptionGroup(title: "How it is shown") var display: DisplayOptions

    @Flag(help: "Play no sound.")
    var noAudio = false

    @Option(
        help: ArgumentHelp("Configuration file (default: config.json where there is one).", valueName: "file")
    )
    var config: String?

    func validate() throws {
        guard display.maxHeight == nil else {
            throw ValidationError("--max-height has no effect on a recorded meeting: leave it out.")
        }
        let isShown = display.headless || display.snapshot != nil || display.stats != nil
        guard into == nil || !isShown else {
            throw ValidationError("--into shows nothing: leave out --headless, --snapshot and --stats.")
        }
    }

    func run() async throws {
        var options = ReplayOptions(meeting: meeting)
        options.archive = archive
        options.speed = speed
        options.from = from
        options.exitsAtEnd = exitAtEnd
        options.only = only
        options.url = into
        options.view = display.viewOptions(playsSound: !noAudio)
        try await Replay.run(options, configuration: config)
    }
}

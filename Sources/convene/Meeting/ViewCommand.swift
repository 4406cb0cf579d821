import App
import ArgumentParser

/// The flags that say how a meeting is shown; `view` and `join` share them.
struct DisplayOptions: ParsableArguments {
    @Flag(help: "Do everything but open a window and a sound card.")
    var headless = false

    @Option(
        help: ArgumentHelp(
            "Ask for pictures of at most this height, where a smaller size is sent too.", valueName: "pixels")
    )
    var maxHeight: Int?

    @Option(help: ArgumentHelp("Write the composed picture at the end, as PNG.", valueName: "file.png"))
    var snapshot: String?

    @Option(help: ArgumentHelp("Write statistics at the end, as JSON.", valueName: "file.json"))
    var stats: String?

    func validate() throws {
        if let maxHeight, !(1...16_384).contains(maxHeight) {
            throw ValidationError("--max-height \(maxHeight) is not a height in pixels from 1 to 16384.")
        }
    }

    func viewOptions(playsSound: Bool) -> ViewOptions {
        var options = ViewOptions()
        options.isHeadless = headless
        options.playsSound = playsSound
        options.maximumHeight = maxHeight
        options.snapshot = snapshot
        options.statistics = stats
        return options
    }
}

struct ViewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view",
        abstract: "Watch a room without sending anything.",
        discussion: """
            Keys: f full screen, 1-9 one person large, 0 everybody, Page Up and Down where not
            all fit, s loudspeaker, q quit, Tab shows them all.

            EXAMPLES
              convene view convene://localhost/standup --name Screen
              convene view convene://localhost/test --name Probe --headless --duration 10 --stats probe.json
            """)

    @OptionGroup var room: RoomOptions
    @OptionGroup(title: "How it is shown") var display: DisplayOptions

    @Flag(help: "Play no sound.")
    var noAudio = false

    func run() async throws {
        try await View.run(
            room.access, options: display.viewOptions(playsSound: !noAudio))
    }
}

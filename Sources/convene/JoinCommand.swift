import App
import ArgumentParser

struct JoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Take part in a meeting: send, see, hear and write.",
        discussion: """
            Lines that you type are chat. Keys in the window: f full screen, 1-9 one person large, 0 everybody, Page Up
            and Down where not all fit, m mute, q quit, Tab shows them all.

            EXAMPLES
              convene join convene://localhost/standup --name Ada
              convene join convene://localhost/standup --name Grace --test-pattern --no-audio
            """)

    @OptionGroup var room: RoomOptions
    @OptionGroup(title: "What is sent") var source: SourceOptions
    @OptionGroup(title: "How it is shown") var display: DisplayOptions

    func run() async throws {
        try await Join.run(
            room.access, publish: source.publishOptions, view: display.viewOptions(playsSound: true))
    }
}

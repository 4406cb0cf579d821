import App
import ArgumentParser

struct JoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Take part in a meeting: send, see, hear and write.",
        discussion: """
            The first camera and the first microphone are sent. Without a camera the others see your name; without either
            you watch and write. Lines that you type are chat; /help lists the commands that stay with you.

            Keys in the window: m your microphone, v your camera, s the loudspeaker, f full screen, 1-9 one person large,
            0 everybody, Page Up and Down where not all fit, q quit, Tab shows them all.

            EXAMPLES
              convene join convene://localhost/standup --name Ada
              convene join convene://localhost/standup --muted --camera-off
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

import App
import ArgumentParser

/// What the command line calls ``Record/Action``.
enum RecordArgument: String, ExpressibleByArgument, CaseIterable {
    case start, stop, pause

    var action: Record.Action {
        switch self {
        case .start: .start
        case .stop: .stop
        case .pause: .pause
        }
    }
}

struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Start, stop or pause the recording of a room.",
        discussion: """
            Joins the room for a moment, asks, waits until the room tells its state, prints that, and leaves. Everybody in
            the room is told who asked. Whoever is in the room can do it; asking for what is so already changes nothing.

            start   records from now on, beginning with a picture at once; ends a pause
            stop    finishes all files at once; the meeting goes on without being recorded
            pause   leaves out what follows: no hole in the recording, and everybody stays in sync

            EXAMPLES
              convene record convene://localhost/standup start
              convene record convene://localhost/standup pause --name Ada
              convene record convene://localhost/standup stop
            """)

    @Argument(help: ArgumentHelp("The room: convene://HOST[:PORT]/ROOM.", valueName: "url"))
    var url: String

    @Argument(help: ArgumentHelp("start, stop or pause.", valueName: "action"))
    var action: RecordArgument

    @Option(help: "Your name, as the others see it (default: the user's name on this machine).")
    var name: String?

    @Option(
        help: ArgumentHelp("Configuration file (default: config.json where there is one).", valueName: "file")
    )
    var config: String?

    func validate() throws {
        if let problem = RoomAccess.problem(ofName: name) { throw ValidationError(problem) }
    }

    func run() async throws {
        try await Record.run(url: url, action: action.action, name: name, configuration: config)
    }
}

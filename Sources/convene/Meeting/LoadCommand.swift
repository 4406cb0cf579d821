import App
import ArgumentParser

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Put publishers and subscribers on a server, and measure what comes through.",
        discussion: """
            Publishers send a real stream in real time; subscribers receive everything in their room and count by the
            headers. One process takes one core. Several rooms are called ROOM-1, ROOM-2 and so on. Ctrl-C ends the
            measuring and reports what there is. docs/sizing.md says how to size a server with it.

            Exit status 1: packets or connections were lost, or not everybody was let in.

            EXAMPLES
              convene load convene://localhost/load --subscribers 500
              convene load convene://localhost/load --rooms 10 --publishers 100 --subscribers 0 --publishers-watch --audio
              convene load convene://localhost/load --publishers 100 --subscribers 0 --rooms 100 --duration 600 --json
            """)

    @Argument(help: ArgumentHelp("The room: convene://HOST[:PORT]/ROOM.", valueName: "url"))
    var url: String

    @Option(help: ArgumentHelp("Publishers, in all rooms together.", valueName: "count"))
    var publishers = LoadOptions().publishers

    @Option(help: ArgumentHelp("Subscribers, in all rooms together.", valueName: "count"))
    var subscribers = LoadOptions().subscribers

    @Option(help: ArgumentHelp("Rooms.", valueName: "count"))
    var rooms = LoadOptions().rooms

    @Flag(help: "Publishers also receive the others in their room, as people in a meeting do.")
    var publishersWatch = false

    @Option(help: ArgumentHelp("Picture size.", valueName: "WxH"))
    var size = LoadOptions().size

    @Option(help: ArgumentHelp("Pictures a second.", valueName: "fps"))
    var rate = LoadOptions().rate

    @Option(parsing: .unconditional, help: ArgumentHelp("Bits a second of the video.", valueName: "bits"))
    var bitrate = LoadOptions().bitrate

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Time between keyframes, for example 2s or 500ms.", valueName: "time"))
    var keyframeInterval = LoadOptions().keyframeInterval

    @Flag(help: "Send sound too: Opus, 50 packets a second.")
    var audio = false

    @Flag(help: "Send no pictures.")
    var noVideo = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Time that is measured, once everybody is in: \(CommandTime.lengthForms).", valueName: "time"),
        transform: { try CommandTime.seconds($0) })
    var duration: Double = LoadOptions().duration

    @Option(help: ArgumentHelp("Connections that are begun in a second.", valueName: "count"))
    var ramp = LoadOptions().ramp

    @Option(
        help: ArgumentHelp("Share of the packets that may be lost without failing.", valueName: "percent"))
    var allowLoss = LoadOptions().allowedLossInPercent

    @Flag(help: "Write the report as JSON.")
    var json = false

    func run() async throws {
        var options = LoadOptions()
        options.publishers = publishers
        options.subscribers = subscribers
        options.rooms = rooms
        options.publishersWatch = publishersWatch
        options.size = size
        options.rate = rate
        options.bitrate = bitrate
        options.keyframeInterval = keyframeInterval
        options.sendsAudio = audio
        options.sendsVideo = !noVideo
        options.duration = duration
        options.ramp = ramp
        options.allowedLossInPercent = allowLoss
        options.writesJSON = json
        try await Load.run(url: url, options: options)
    }
}

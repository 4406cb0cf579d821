import App
import ArgumentParser

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Relay meetings to their participants and record them.",
        discussion: """
            Rooms appear when somebody enters and vanish when the last one leaves. Every participant is recorded into
            ARCHIVE/ROOM/MEETING/PARTICIPANT-SOURCE-N.mp4. Ctrl-C ends the meetings for good and finishes the recordings;
            SIGTERM is a restart: everybody comes back, and the meetings go on.

            The first line on standard output is `listening on HOST:PORT`, with --metrics the second one `metrics on URL`.

            EXAMPLES
              convene serve
              convene serve --listen 127.0.0.1:0 --archive /srv/meetings
              convene serve --metrics 127.0.0.1:9650
            """)

    @Option(
        help: ArgumentHelp("Configuration file (default: config.json where there is one).", valueName: "file")
    )
    var config: String?

    @Option(help: ArgumentHelp("Address to listen on; port 0 picks a free one.", valueName: "host:port"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "Address for /metrics, /healthz and /readyz by HTTP, for example 127.0.0.1:9650 (default: none).",
            valueName: "host:port"))
    var metrics: String?

    @Option(help: ArgumentHelp("Folder for the recordings.", valueName: "dir"))
    var archive: String?

    @Flag(help: "Relay only.")
    var noRecord = false

    func run() async throws {
        try await Serve.run(
            Serve.Options(
                configuration: config, listen: listen, metrics: metrics, archive: archive,
                records: !noRecord))
    }
}

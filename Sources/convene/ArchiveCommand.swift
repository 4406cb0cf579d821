import App
import ArgumentParser

struct ArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "See what is recorded.",
        discussion: """
            EXAMPLES
              convene archive
              convene archive show last
            """,
        subcommands: [List.self, Show.self, Recover.self], defaultSubcommand: List.self)

    struct Options: ParsableArguments {
        @Option(help: ArgumentHelp("Folder of the recordings.", valueName: "dir"))
        var archive: String?

        @Option(
            help: ArgumentHelp(
                "Configuration file (default: config.json where there is one).", valueName: "file"))
        var config: String?

        @Flag(help: "Print JSON.")
        var json = false
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the meetings, oldest first.",
            discussion: """
                EXAMPLES
                  convene archive list
                  convene archive list --archive /srv/meetings --json
                """)

        @OptionGroup var options: Options

        func run() async throws {
            try await ArchiveReport.list(
                archive: options.archive, configuration: options.config, json: options.json)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show who was in a meeting and which files there are.",
            discussion: """
                EXAMPLES
                  convene archive show last
                  convene archive show standup/2026-03-01T09-30-00Z
                """)

        @Argument(help: "ROOM/MEETING, a meeting's name, a room for its last meeting, or `last`.")
        var meeting: String

        @OptionGroup var options: Options

        func run() async throws {
            try await ArchiveReport.show(
                meeting: meeting, archive: options.archive, configuration: options.config, json: options.json)
        }
    }

    struct Recover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Finish meetings that a crash left unfinished.",
            discussion: """
                `convene serve` does this by itself when it starts. Files that a running server writes are left alone.

                EXAMPLES
                  convene archive recover
                  convene archive recover /srv/meetings
                """)

        @Argument(help: "Folder of the recordings (default: as configured).")
        var directory: String?

        @Option(
            help: ArgumentHelp(
                "Configuration file (default: config.json where there is one).", valueName: "file"))
        var config: String?

        func run() async throws { try await ArchiveReport.recover(archive: directory, configuration: config) }
    }
}

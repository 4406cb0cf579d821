import App
import ArgumentParser

struct ArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "See, check and keep what is recorded.",
        discussion: """
            EXAMPLES
              convene archive
              convene archive show last
              convene archive verify
            """,
        subcommands: [
            List.self, Show.self, Verify.self, Recover.self, Reindex.self, Delete.self, Prune.self, Hold.self,
        ], defaultSubcommand: List.self)

    /// Which archive.
    struct Location: ParsableArguments {
        @Option(help: ArgumentHelp("Folder of the recordings.", valueName: "dir"))
        var archive: String?

        @Option(
            help: ArgumentHelp(
                "Configuration file (default: config.json where there is one).", valueName: "file"))
        var config: String?
    }

    struct Options: ParsableArguments {
        @OptionGroup var location: Location

        @Flag(help: "Print JSON. Its times are UTC.")
        var json = false

        @Flag(help: "Show times in UTC, rather than in your time zone.")
        var utc = false
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the meetings, oldest first.",
            discussion: """
                TIME is a day (2026-03-01, today, yesterday, or a weekday for the last one), a time (2026-03-01 09:30, or
                2026-03-01T08:30Z and 2026-03-01T09:30+01:00 with a time zone), or how long ago: 7d, 12h, 90min. Without a
                zone, yours is meant, or UTC with --utc. Meetings that took place in part between --from and --to are
                listed. Of people only names are known: who came back is shown once.

                EXAMPLES
                  convene archive list
                  convene archive list --archive /srv/meetings --json
                  convene archive list --room standup --from 7d
                  convene archive list --with grace --from tuesday
                """)

        @Option(help: ArgumentHelp("Only meetings of this room.", valueName: "room"))
        var room: String?

        @Option(
            parsing: .unconditional,
            help: ArgumentHelp("Only meetings that had not ended before.", valueName: "time"))
        var from: String?

        @Option(
            parsing: .unconditional,
            help: ArgumentHelp(
                "Only meetings that began no later; a day counts as a whole.", valueName: "time"))
        var to: String?

        @Option(help: ArgumentHelp("Only meetings with somebody of such a name.", valueName: "name"))
        var with: String?

        @OptionGroup var options: Options

        func run() async throws {
            try await ArchiveReport.list(
                ArchiveQuery(room: room, from: from, to: to, with: with, utc: options.utc),
                archive: options.location.archive, configuration: options.location.config, json: options.json)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show who was in a meeting, which files there are, what is missing, and the chat.",
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
                meeting: meeting, archive: options.location.archive, configuration: options.location.config,
                json: options.json, utc: options.utc)
        }
    }

    struct Recover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Finish meetings that a crash left unfinished.",
            discussion: """
                `convene serve` does this by itself when it starts. Files that a running server writes are left alone.

                EXAMPLES
                  convene archive recover
                  convene archive recover --archive /srv/meetings
                """)

        @Argument(help: "Folder of the recordings, as --archive (default: as configured).")
        var directory: String?

        @OptionGroup var location: Location

        func validate() throws {
            guard directory == nil || location.archive == nil else {
                throw ValidationError("Name the folder once: --archive, or without a flag.")
            }
        }

        func run() async throws {
            try await ArchiveReport.recover(
                archive: directory ?? location.archive, configuration: location.config)
        }
    }
}

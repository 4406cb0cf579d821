import App
import ArgumentParser

extension ArchiveCommand {
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check that recordings are what they were when they were made.",
            discussion: """
                Checks the structure of each file, journal against files against meeting.json, and the SHA-256 of every
                finalised file. Prints one line for each problem; the exit status is 1 where there is one.

                EXAMPLES
                  convene archive verify
                  convene archive verify standup/2026-03-01T09-30-00Z --deep
                """)

        @Argument(
            help: "ROOM/MEETING, a meeting's name, a room for its last meeting, or `last` (default: all).")
        var meetings: [String] = []

        @Flag(help: "Decode every track, too.")
        var deep = false

        @Flag(help: "Compute the SHA-256 of files that have none yet, and keep it in meeting.json.")
        var updateHashes = false

        @OptionGroup var location: Location

        func run() async throws {
            try await ArchiveCheck.run(
                .init(meetings: meetings, deep: deep, updatesHashes: updateHashes), archive: location.archive,
                configuration: location.config)
        }
    }

    struct Reindex: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the catalogue anew from the folders.",
            discussion: """
                Never needed as long as nobody changes the files by hand: a catalogue that is missing or damaged is made
                anew by itself.

                EXAMPLES
                  convene archive reindex
                  convene archive reindex --archive /srv/meetings
                """)

        @OptionGroup var location: Location

        func run() async throws {
            try await ArchiveRetention.reindex(archive: location.archive, configuration: location.config)
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a meeting for good.",
            discussion: """
                A meeting that is on hold or being recorded is not deleted. Asks first unless the meeting is named in full,
                ROOM/MEETING; where there is no terminal to ask, it needs --yes.

                EXAMPLES
                  convene archive delete standup/2026-03-01T09-30-00Z
                  convene archive delete last --archive /srv/meetings
                """)

        @Argument(help: "ROOM/MEETING, a meeting's name, a room for its last meeting, or `last`.")
        var meeting: String

        @Flag(name: .shortAndLong, help: "Do not ask.")
        var yes = false

        @OptionGroup var location: Location

        func run() async throws {
            try await ArchiveRetention.delete(
                meeting: meeting, isConfirmed: yes, archive: location.archive, configuration: location.config)
        }
    }

    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete the oldest meetings, by age and by free space.",
            discussion: """
                Says of each meeting why it goes or must stay. Meetings on hold or being recorded stay. Nothing is deleted
                where the room cannot be made (exit status 1). Asks before it deletes more than half of the meetings or of
                their bytes; where there is no terminal to ask, it needs --yes (exit status 64 without).

                TIME is a number with s, min, h, d, w (weeks), mo (30 days) or y (365 days); `m` alone is refused. SIZE is a
                number with k, M, G or T (factors of 1000), or KiB, MiB, GiB, TiB.

                EXAMPLES
                  convene archive prune --older-than 90d --dry-run
                  convene archive prune --older-than 90d --keep-free 20G
                """)

        @Option(
            parsing: .unconditional,
            help: ArgumentHelp("Delete what ended longer ago: 90d, 12w, 6mo.", valueName: "time"))
        var olderThan: String?

        @Option(
            parsing: .unconditional,
            help: ArgumentHelp("Delete the oldest until so much is free: 20G, 500M.", valueName: "size"))
        var keepFree: String?

        @Flag(help: "Only say what would be deleted.")
        var dryRun = false

        @Flag(name: .shortAndLong, help: "Do not ask.")
        var yes = false

        @OptionGroup var location: Location

        func run() async throws {
            try await ArchivePruning.run(
                .init(olderThan: olderThan, keepFree: keepFree, isDryRun: dryRun, isConfirmed: yes),
                archive: location.archive, configuration: location.config)
        }
    }

    struct Hold: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep a meeting from being deleted.",
            discussion: """
                EXAMPLES
                  convene archive hold standup/2026-03-01T09-30-00Z
                  convene archive hold last --release
                """)

        @Argument(help: "ROOM/MEETING, a meeting's name, a room for its last meeting, or `last`.")
        var meeting: String

        @Flag(help: "End the hold.")
        var release = false

        @OptionGroup var location: Location

        func run() async throws {
            try await ArchiveRetention.hold(
                meeting: meeting, release: release, archive: location.archive, configuration: location.config)
        }
    }
}

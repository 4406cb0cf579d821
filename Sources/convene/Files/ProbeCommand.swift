import App
import ArgumentParser

struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Show what is in a media file.",
        discussion: """
            EXAMPLES
              convene probe talk.mov
              convene probe talk.mov --json
            """)

    @Argument(help: ArgumentHelp("The file.", valueName: "file"))
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws { try await ProbeFile.run(file, json: json) }
}

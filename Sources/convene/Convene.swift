import App
import ArgumentParser

/// The program. It only knows its commands; everything else is in `App`.
@main
struct Convene: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convene",
        abstract: "Hold recorded meetings: one server, any number of cameras, an MP4 of everybody.",
        discussion: """
            Start the server on one machine, join from others, find the recordings afterwards. `convene COMMAND --help`
            explains each command.

            EXAMPLES
              convene serve
              convene join convene://SERVER/standup --name Ada
              convene archive list

            Exit status: 0 done, 1 failed, 64 wrong usage, 66 input not found, 69 the other end cannot be reached,
            70 a bug, 74 reading or writing failed, 130 a manifest was interrupted.
            """,
        version: Version.number,
        subcommands: [
            ServeCommand.self, PublishCommand.self, ViewCommand.self, JoinCommand.self, DevicesCommand.self,
            RecordCommand.self, ArchiveCommand.self, ReplayCommand.self, ExportCommand.self, ClipCommand.self,
            TranscodeCommand.self, PresetsCommand.self, ProbeCommand.self, CompareCommand.self,
            LoadCommand.self,
        ])

    /// Runs a command; an error becomes one line on standard error and the exit status that belongs to it.
    static func main() async {
        // Everything that the command held is released here: what is left after it leaks.
        let status = await runCommand()
        await Output.finish()
        if status != .done { Failure.exit(status) }
    }

    /// The command that was given, for instance `convene archive delete`.
    private static var givenCommand: String {
        var command: any ParsableCommand.Type = Self.self
        var names = [command._commandName]
        for argument in CommandLine.arguments.dropFirst() {
            let next = command.configuration.subcommands.first { $0._commandName == argument }
            guard let next else { break }
            names.append(argument)
            command = next
        }
        return names.joined(separator: " ")
    }

    private static func runCommand() async -> ExitStatus {
        do {
            try ProcessorLimits.apply()
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .done
        } catch let error as AppError {
            return Failure.tell(error)
        } catch {
            switch exitCode(for: error) {
            case .validationFailure:
                let text = message(for: error)
                let sentence = text.last.map { ".!?".contains($0) } ?? true ? text : text + "."
                return Failure.tell(AppError("\(sentence) See `\(givenCommand) --help`.", status: .usage))
            case .failure where !(error is ExitCode): return Failure.tell(AppError(error))
            default: exit(withError: error)
            }
        }
    }
}

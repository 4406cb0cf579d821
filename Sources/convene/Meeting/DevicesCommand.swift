import App
import ArgumentParser

struct DevicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices",
        abstract: "List cameras with their formats, sizes, rates and controls, and microphones.",
        discussion: """
            EXAMPLES
              convene devices
              convene devices --json
            """)

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws { try Devices.run(json: json) }
}

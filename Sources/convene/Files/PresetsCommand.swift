import App
import ArgumentParser

struct PresetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "presets", abstract: "List the settings that `convene transcode --preset` knows.")

    @Flag(help: "Print JSON, with all settings.")
    var json = false

    func run() throws { try PresetList.run(json: json) }
}

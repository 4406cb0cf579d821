import Transcode

/// `convene presets`: the settings that have names.
public enum PresetList {
    /// Prints them.
    public static func run(json: Bool) throws {
        if json { return Output.line(try JSONText.encode(Presets.all)) }
        let width = Presets.all.map(\.name.count).max() ?? 0
        for preset in Presets.all {
            let padding = String(repeating: " ", count: width - preset.name.count)
            Output.line(
                "\(preset.name)\(padding)  .\(preset.settings.container.fileExtension)  \(preset.summary)")
        }
    }
}

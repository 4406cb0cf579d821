/// Settings with a name.
public struct Preset: Sendable, Hashable, Codable {
    /// What it is asked for by, for instance `720p`.
    public let name: String
    /// What it is good for, in one line.
    public let summary: String
    /// The settings. Its container is what fits best; a file's extension overrides it.
    public let settings: RenditionSettings

    /// A preset from its parts.
    public init(name: String, summary: String, settings: RenditionSettings) {
        self.name = name
        self.summary = summary
        self.settings = settings
    }
}

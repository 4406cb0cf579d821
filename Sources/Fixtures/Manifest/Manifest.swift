public import Transcode

/// Which fixtures are transcoded to what, and what must come out of it. docs/manifest.md describes the file.
public struct Manifest: Sendable, Hashable {
    /// Settings with a name, and what is expected wherever they are used.
    public struct Rendition: Sendable, Hashable {
        /// The manifest's name for it.
        public var name: String
        /// What is made.
        public var settings: RenditionSettings
        /// What is expected of it for every fixture.
        public var expectation: Expectation
    }

    /// One or more sources, and what is made of them.
    public struct Entry: Sendable, Hashable {
        /// Path or glob, relative to the manifest's folder.
        public var pattern: String
        /// What reports call it, instead of its path.
        public var name: String?
        /// Seconds at which the renditions begin.
        public var from: Double?
        /// Seconds at which they end.
        public var to: Double?
        /// What is made of it, in order.
        public var uses: [Use]
    }

    /// A rendition that is made of a source.
    public struct Use: Sendable, Hashable {
        /// Name of the rendition.
        public var rendition: String
        /// What is expected of it here; what is silent follows the rendition.
        public var expectation: Expectation
    }

    /// Where it was read.
    public var path: String
    /// Folder of the golden frames, relative to the manifest's folder.
    public var goldenFolder: String
    /// Greatest size of a rendition that is kept beside its golden frames, bytes.
    public var goldenMediaBytes: Int
    /// All renditions, by name.
    public var renditions: [String: Rendition]
    /// All sources, in order.
    public var entries: [Entry]

    /// The folder that paths are relative to.
    public var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A path of the manifest, as the process sees it.
    public func resolve(_ relative: String) -> String {
        if relative.hasPrefix("/") { return relative }
        return folder == "." ? relative : folder == "/" ? "/" + relative : "\(folder)/\(relative)"
    }
}

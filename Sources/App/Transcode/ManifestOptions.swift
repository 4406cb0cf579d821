/// What `convene transcode --manifest` is asked for.
public struct ManifestOptions: Sendable {
    /// Path of the manifest.
    public var manifest: String
    /// Folder for the renditions.
    public var output: String?
    /// Fixtures at once; `nil` for the number of cores.
    public var jobs: Int?
    /// A glob for the names of fixtures, or of fixture and rendition with `/` between them.
    public var only: String?
    /// Whether golden frames are compared.
    public var checks = false
    /// Whether golden frames are written anew.
    public var updates = false
    /// File for a report as JUnit XML.
    public var junit: String?
    /// File for a report as JSON.
    public var report: String?
    /// Folder in which results are kept for later runs.
    public var cache: String?
    /// Whether results of earlier runs are neither used nor kept.
    public var ignoresCache = false
    /// Whether renditions must be the same on every machine; always with golden frames.
    public var isBitExact = false

    /// Options that run a manifest and keep nothing.
    public init(manifest: String) { self.manifest = manifest }

    /// - Throws: ``AppError`` for what contradicts itself.
    func validate() throws(AppError) {
        if checks, updates {
            throw AppError("--check and --update exclude each other. Give one of them.", status: .usage)
        }
        if let jobs, !(1...1024).contains(jobs) {
            throw AppError("--jobs is \(jobs), but must be from 1 to 1024.", status: .usage)
        }
        if cache != nil, ignoresCache {
            throw AppError("--cache and --no-cache exclude each other. Give one of them.", status: .usage)
        }
        if !checks, !updates, output == nil {
            throw AppError(
                "Nothing would be kept: name a folder for the renditions with --output, or use --check or --update.",
                status: .usage)
        }
    }
}

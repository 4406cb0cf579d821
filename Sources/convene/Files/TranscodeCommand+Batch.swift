import App
import ArgumentParser

/// The part of `convene transcode` that runs a manifest.
struct ManifestArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Make the renditions of all fixtures of a manifest.", valueName: "file"))
    var manifest: String?

    @Option(help: ArgumentHelp("With --manifest: folder for the renditions.", valueName: "dir"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "With --manifest: fixtures at once (default: the number of cores).", valueName: "n"))
    var jobs: Int?

    @Option(
        help: ArgumentHelp(
            "With --manifest: only the fixtures whose names match, or FIXTURE/RENDITION.", valueName: "glob"))
    var only: String?

    @Flag(help: "With --manifest: compare decoded frames with the golden ones.")
    var check = false

    @Flag(help: "With --manifest: write the golden frames anew.")
    var update = false

    @Option(help: ArgumentHelp("With --manifest: write a report as JUnit XML.", valueName: "file.xml"))
    var junit: String?

    @Option(help: ArgumentHelp("With --manifest: write a report as JSON.", valueName: "file.json"))
    var report: String?

    @Option(
        help: ArgumentHelp(
            "With --manifest: keep results there, and use those of earlier runs (default: in --output).",
            valueName: "dir"))
    var cache: String?

    @Flag(help: "With --manifest: make everything anew, and keep no results for later runs.")
    var noCache = false

    /// The first of these options that was given without a manifest.
    private var stray: String? {
        let given: [(String, Bool)] = [
            ("--output", output != nil), ("--jobs", jobs != nil), ("--only", only != nil), ("--check", check),
            ("--update", update), ("--junit", junit != nil), ("--report", report != nil),
            ("--cache", cache != nil),
            ("--no-cache", noCache),
        ]
        return given.first { $0.1 }?.0
    }

    /// What is asked for; `nil` where there is no manifest.
    func options(isBitExact: Bool) throws -> ManifestOptions? {
        guard let manifest else {
            if let stray { throw AppError("\(stray) goes with --manifest only.", status: .usage) }
            return nil
        }
        var options = ManifestOptions(manifest: manifest)
        options.output = output
        options.jobs = jobs
        options.only = only
        options.checks = check
        options.updates = update
        options.junit = junit
        options.report = report
        options.cache = cache
        options.ignoresCache = noCache
        options.isBitExact = isBitExact
        return options
    }
}

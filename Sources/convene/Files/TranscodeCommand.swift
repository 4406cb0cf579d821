import App
import ArgumentParser

struct TranscodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcode",
        abstract: "Make renditions of a media file, or of all fixtures of a manifest.",
        discussion: """
            The format follows from the output's extension: .mp4, .m4s (fragmented), .webm, .mkv, .ts, .m3u8 (HLS). Several outputs
            are made in one go, from one decoding. When all are whole they replace what has their names already; where it
            fails, nothing is changed.

            EXAMPLES
              convene transcode talk.mov talk.mp4
              convene transcode talk.mov talk-1080.mp4 talk-720.mp4 --preset 1080p --preset 720p
              convene transcode talk.mov talk.webm --size x480 --crf 30 --audio-bitrate 96k
              convene transcode talk.mov cut.mp4 --from 1:30 --to 2:00 --rate 25
              convene transcode --manifest Fixtures/transcode.json --check --junit report.xml
              convene transcode --manifest Fixtures/transcode.json --output renditions --jobs 2
            """)

    @Argument(
        help: ArgumentHelp(
            "The source (- is standard input), then one or more files to be written.", valueName: "in> <out"))
    var files: [String] = []

    @OptionGroup(title: "Pictures and sound") var rendition: RenditionArguments

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Begin there, from the source's start: \(CommandTime.positionForms).", valueName: "time"),
        transform: { try MeetingInstant.parsed($0) })
    var from: MeetingInstant?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("End there.", valueName: "time"),
        transform: { try MeetingInstant.parsed($0) })
    var to: MeetingInstant?

    @Flag(help: "The same decoded frames on every machine, whatever its cores and SIMD. Slower.")
    var bitExact = false

    @Option(help: ArgumentHelp("Threads of each encoder (default: by the number of cores).", valueName: "n"))
    var threads: Int?

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup(title: "Manifests") var batch: ManifestArguments

    func run() async throws {
        if let manifest = try batch.options(isBitExact: bitExact) {
            guard files.isEmpty, rendition.isEmpty, from == nil, to == nil, threads == nil, !json else {
                throw AppError(
                    "With --manifest, files and settings come from the manifest. Leave out all others.",
                    status: .usage)
            }
            try await ManifestRun.run(manifest)
            return
        }
        guard files.count >= 2 else {
            throw AppError(
                "A source and an output are needed, or --manifest. See `convene transcode --help`.",
                status: .usage)
        }
        var options = TranscodeOptions(input: files[0], outputs: Array(files.dropFirst()))
        rendition.apply(to: &options)
        options.from = from?.microseconds
        options.to = to?.microseconds
        options.isBitExact = bitExact
        options.threads = threads ?? 0
        options.isJSON = json
        try await TranscodeFile.run(options)
    }
}

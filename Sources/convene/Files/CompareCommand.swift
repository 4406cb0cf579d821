import App
import ArgumentParser

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Measure how much the pictures of two files differ.",
        discussion: """
            Each picture of the second file is compared with that of the first which is shown at its time; the first is
            turned upright, made progressive and scaled to the size of the second where they differ.

            EXAMPLES
              convene compare talk.mov talk.mp4
              convene compare talk.mov talk.mp4 --metric ssim --json
              convene compare talk.mov cut.mp4 --from 1:30
            """)

    @Argument(help: ArgumentHelp("The reference.", valueName: "a"))
    var reference: String

    @Argument(help: ArgumentHelp("What was made of it.", valueName: "b"))
    var other: String

    @Option(help: ArgumentHelp("psnr, ssim, or both with a comma (default: both).", valueName: "names"))
    var metric: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The second begins there in the first: \(CommandTime.positionForms).", valueName: "time"),
        transform: { try MeetingInstant.parsed($0) })
    var from: MeetingInstant?

    @Flag(help: "Print the values of every picture.")
    var perFrame = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await CompareFiles.run(
            reference, other, metrics: metric, from: from?.microseconds, json: json, perFrame: perFrame)
    }
}

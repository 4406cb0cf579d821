import App
import ArgumentParser

/// How a rendition is made, on the command line.
struct RenditionArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Settings by name, one for all outputs or one for each; `convene presets` lists them.",
            valueName: "name"))
    var preset: [String] = []

    @Option(help: ArgumentHelp("h264, hevc, vp9 or av1.", valueName: "name"))
    var videoCodec: String?

    @Option(help: ArgumentHelp("aac or opus.", valueName: "name"))
    var audioCodec: String?

    @Option(help: ArgumentHelp("1280x720, 1280x or x720. Pictures are never distorted.", valueName: "size"))
    var size: String?

    @Option(
        help: ArgumentHelp("With both sides of --size: within, pad (black bars) or crop.", valueName: "how"))
    var fit: String?

    @Option(
        help: ArgumentHelp(
            "Quality of the pictures, lower is better (H.264: 0 to 51, usually 23).", valueName: "n"))
    var crf: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Bits a second of the pictures, instead of --crf: 2500k, 2.5M.", valueName: "n"))
    var bitrate: String?

    @Option(help: ArgumentHelp("Bits a second of the sound: 128k.", valueName: "n"))
    var audioBitrate: String?

    @Option(
        help: ArgumentHelp(
            "Pictures a second: 25, 29.97, 30000/1001 (default: as the source, also where it varies).",
            valueName: "n"))
    var rate: String?

    @Option(
        help: ArgumentHelp(
            "Encoder's speed: ultrafast to placebo; 0 to 8 for VP9, 0 to 13 for AV1.", valueName: "name"))
    var speed: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Time from one keyframe to the next, for example 2s or 500ms.", valueName: "time"),
        transform: { try CommandTime.seconds($0) })
    var keyframes: Double?

    @Option(help: ArgumentHelp("Bits of a sample: 8 or 10.", valueName: "n"))
    var bitDepth: Int?

    @Option(help: ArgumentHelp("Channels of the sound (default: as the source, at most 2).", valueName: "n"))
    var channels: Int?

    @Option(help: ArgumentHelp("Samples a second of the sound.", valueName: "n"))
    var sampleRate: Int?

    @Flag(help: "Leave out the pictures.")
    var noVideo = false

    @Flag(help: "Leave out the sound.")
    var noAudio = false

    func validate() throws {
        let hasBothSides = size.map { !$0.hasPrefix("x") && !$0.hasSuffix("x") } ?? false
        guard fit == nil || hasBothSides else {
            throw ValidationError("--fit has no effect without both sides of --size, for example 1280x720.")
        }
        guard crf == nil || bitrate == nil else {
            throw ValidationError("--crf and --bitrate exclude each other: leave out one of them.")
        }
    }

    /// Whether none of them was given.
    var isEmpty: Bool {
        var options = TranscodeOptions(input: "", outputs: [])
        apply(to: &options)
        return options == TranscodeOptions(input: "", outputs: [])
    }

    func apply(to options: inout TranscodeOptions) {
        options.presets = preset
        options.videoCodec = videoCodec
        options.audioCodec = audioCodec
        options.size = size
        options.fit = fit
        options.crf = crf
        options.bitRate = bitrate
        options.audioBitRate = audioBitrate
        options.rate = rate
        options.speed = speed
        options.keyframeSeconds = keyframes
        options.bitDepth = bitDepth
        options.channels = channels
        options.sampleRate = sampleRate
        options.hasNoVideo = noVideo
        options.hasNoAudio = noAudio
    }
}

import Media
import Transcode

/// What `convene transcode IN OUT…` is asked for, as its flags say it.
public struct TranscodeOptions: Sendable, Hashable {
    /// Path of the source.
    public var input: String
    /// Paths of the renditions.
    public var outputs: [String]
    /// Names of presets, one for all renditions or one for each.
    public var presets: [String] = []
    /// Video format instead of the preset's.
    public var videoCodec: String?
    /// Audio format instead of the preset's.
    public var audioCodec: String?
    /// `1280x720`, `1280x` or `x720`.
    public var size: String?
    /// `within`, `pad` or `crop`.
    public var fit: String?
    /// Constant rate factor.
    public var crf: Double?
    /// Bits a second of the pictures: `2500000`, `2500k`, `2.5M`.
    public var bitRate: String?
    /// Bits a second of a track of sound.
    public var audioBitRate: String?
    /// Pictures a second: `25`, `30000/1001`, `29.97`.
    public var rate: String?
    /// The encoder's preset.
    public var speed: String?
    /// Seconds between keyframes.
    public var keyframeSeconds: Double?
    /// Bits of a sample.
    public var bitDepth: Int?
    /// Channels of sound.
    public var channels: Int?
    /// Samples a second of sound.
    public var sampleRate: Int?
    /// Microseconds of the source at which the renditions begin.
    public var from: Int64?
    /// Microseconds of the source at which they end.
    public var to: Int64?
    /// Whether the result is the same on every machine.
    public var isBitExact = false
    /// Whether pictures are left out.
    public var hasNoVideo = false
    /// Whether sound is left out.
    public var hasNoAudio = false
    /// Threads of each encoder, 0 for the number of cores.
    public var threads = 0
    /// Whether the result is printed as JSON.
    public var isJSON = false

    /// Options for one source.
    public init(input: String, outputs: [String]) {
        self.input = input
        self.outputs = outputs
    }

    /// What the engine is asked for.
    /// - Throws: ``AppError`` for values that make no sense, with the value and what is allowed.
    func request() throws -> TranscodeRequest {
        guard presets.count <= 1 || presets.count == outputs.count else {
            throw AppError(
                "\(presets.count) presets for \(outputs.count) outputs: give one --preset, or one for each.",
                status: .usage)
        }
        let renditions = try outputs.enumerated().map { index, path in
            let preset = presets.isEmpty ? nil : try Presets.named(presets[presets.count == 1 ? 0 : index])
            return TranscodeRequest.Output(path: path, settings: try settings(path, preset: preset))
        }
        return TranscodeRequest(
            input: input, outputs: renditions, from: from.map { Double($0) / 1e6 },
            to: to.map { Double($0) / 1e6 },
            isBitExact: isBitExact, threads: threads)
    }

    private func settings(_ path: String, preset: Preset?) throws -> RenditionSettings {
        guard let container = OutputContainer(path: path) else {
            throw AppError(
                "\(path) says no format that can be written. Use .mp4, .m4s, .webm, .mkv, .ts or .m3u8.",
                status: .usage)
        }
        var settings =
            preset?.settings
            ?? RenditionSettings(
                container: container, video: VideoSettings(codec: container.defaultVideoCodec),
                audio: AudioSettings(codec: container.defaultAudioCodec))
        settings.container = container
        settings.video = hasNoVideo ? nil : try video(settings.video, container)
        settings.audio = hasNoAudio ? nil : try audio(settings.audio, container)
        try settings.validate()
        return settings
    }

    private func video(_ base: VideoSettings?, _ container: OutputContainer) throws -> VideoSettings? {
        guard var video = base else { return nil }
        if let videoCodec {
            video.codec = try Self.choice(videoCodec, "--video-codec")
        } else if !container.holds(video.codec) {
            video.codec = container.defaultVideoCodec
            video.preset = nil
            video.crf = nil
        }
        if let size {
            (video.width, video.height) = try Self.size(size)
            video.enlarges = true
        }
        if let fit { video.fit = try Self.choice(fit, "--fit") }
        if crf != nil || bitRate != nil {
            (video.crf, video.bitRate) = (
                crf, try bitRate.map { try PublishSettings.bitRate($0, option: "--bitrate") }
            )
        }
        if let rate {
            guard let value = FrameRatio(rate) else {
                throw AppError(
                    "\(rate) is no rate for --rate. Write it as 25, 29.97 or 30000/1001.", status: .usage)
            }
            video.frameRate = value
        }
        video.preset = speed ?? video.preset
        video.keyframeSeconds = keyframeSeconds ?? video.keyframeSeconds
        video.bitDepth = bitDepth ?? video.bitDepth
        return video
    }

    private func audio(_ base: AudioSettings?, _ container: OutputContainer) throws -> AudioSettings? {
        guard var audio = base else { return nil }
        if let audioCodec {
            audio.codec = try Self.choice(audioCodec, "--audio-codec")
        } else if !container.holds(audio.codec) {
            audio.codec = container.defaultAudioCodec
        }
        audio.bitRate =
            try audioBitRate.map { try PublishSettings.bitRate($0, option: "--audio-bitrate") }
            ?? audio.bitRate
        audio.channels = channels ?? audio.channels
        audio.sampleRate = sampleRate ?? audio.sampleRate
        return audio
    }

    private static func choice<Value: RawRepresentable & CaseIterable>(_ text: String, _ option: String)
        throws -> Value
    where Value.RawValue == String {
        if let value = Value(rawValue: text) { return value }
        let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
        throw AppError("\(text) is nothing for \(option). Use one of \(names).", status: .usage)
    }

    private static func size(_ text: String) throws -> (Int?, Int?) {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false)
        let numbers = parts.map { Int($0) }
        let isWhole = parts.count == 2 && zip(parts, numbers).allSatisfy { $0.isEmpty || ($1 ?? 0) > 0 }
        guard isWhole, numbers[0] != nil || numbers[1] != nil else {
            throw AppError(
                "\(text) is no size for --size. Write it as 1280x720, 1280x or x720.", status: .usage)
        }
        return (numbers[0], numbers[1])
    }
}

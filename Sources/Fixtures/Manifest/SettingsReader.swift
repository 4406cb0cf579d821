import Transcode

/// Reads the settings of a rendition: the name of a preset, or an object.
enum SettingsReader {
    static let keys = ["preset", "container", "video", "audio", "expect"]
    private static let videoKeys = [
        "codec", "width", "height", "fit", "enlarges", "crf", "bitRate", "frameRate", "preset",
        "keyframeSeconds",
        "bitDepth",
    ]
    private static let audioKeys = ["codec", "bitRate", "channels", "sampleRate"]

    /// The settings that `node` describes. Its object may hold `expect` too, which is not looked at.
    static func settings(_ node: ManifestNode) throws(ManifestError) -> RenditionSettings {
        let presets = Presets.all.map(\.name)
        if case .text = node.value { return try preset(node.text(among: presets), node) }
        let members = try node.members(keys)
        var settings: RenditionSettings
        if let name = members["preset"] {
            settings = try preset(name.text(among: presets), name)
            if let container = members["container"] {
                settings.container = try container.choice(OutputContainer.self)
            }
        } else {
            guard let container = members["container"] else {
                throw node.missing("container", "a container, or a preset")
            }
            settings = RenditionSettings(
                container: try container.choice(OutputContainer.self), video: nil, audio: nil)
        }
        if let video = members["video"] {
            settings.video =
                try isOff(video) ? nil : self.video(video, over: settings.video, in: settings.container)
        }
        if let audio = members["audio"] {
            settings.audio =
                try isOff(audio) ? nil : self.audio(audio, over: settings.audio, in: settings.container)
        }
        do { try settings.validate() } catch {
            throw .invalid(
                file: node.file, key: node.path, value: "not possible: \(error)",
                allowed: "a valid combination")
        }
        return settings
    }

    private static func preset(_ name: String, _ node: ManifestNode) throws(ManifestError)
        -> RenditionSettings
    {
        do { return try Presets.named(name).settings } catch { throw node.invalid("the name of a preset") }
    }

    private static func isOff(_ node: ManifestNode) throws(ManifestError) -> Bool {
        guard case .flag = node.value else { return false }
        guard try !node.flag() else { throw node.invalid("false, or an object") }
        return true
    }

    private static func video(
        _ node: ManifestNode, over base: VideoSettings?, in container: OutputContainer
    ) throws(ManifestError) -> VideoSettings {
        let members = try node.members(videoKeys)
        var video = base ?? VideoSettings(codec: container.defaultVideoCodec)
        if let codec = members["codec"] { video.codec = try codec.choice(VideoCodecName.self) }
        // What a preset says of the size and of the rate gives way as a whole.
        if members["width"] != nil || members["height"] != nil {
            video.width = try members["width"]?.integer(1...65_535)
            video.height = try members["height"]?.integer(1...65_535)
        }
        if members["crf"] != nil || members["bitRate"] != nil {
            video.crf = try members["crf"]?.number(0...63)
            video.bitRate = try members["bitRate"]?.integer(1...Int.max)
        }
        if let fit = members["fit"] { video.fit = try fit.choice(VideoSettings.Fit.self) }
        if let enlarges = members["enlarges"] { video.enlarges = try enlarges.flag() }
        if let rate = members["frameRate"] { video.frameRate = try frameRate(rate) }
        if let preset = members["preset"] {
            video.preset = try preset.text("the name of an encoder's preset")
        }
        if let seconds = members["keyframeSeconds"] {
            video.keyframeSeconds = try seconds.number(0.01...3600)
        }
        if let depth = members["bitDepth"] { video.bitDepth = try depth.integer(8...10) }
        return video
    }

    private static func frameRate(_ node: ManifestNode) throws(ManifestError) -> FrameRatio {
        let text: String? =
            switch node.value {
            case .text(let text): text
            case .integer(let number): "\(number)"
            case .number(let number): "\(number)"
            default: nil
            }
        guard let rate = text.flatMap({ FrameRatio($0) }) else {
            throw node.invalid("a number, or a fraction such as \"30000/1001\", up to 1000")
        }
        return rate
    }

    private static func audio(
        _ node: ManifestNode, over base: AudioSettings?, in container: OutputContainer
    ) throws(ManifestError) -> AudioSettings {
        let members = try node.members(audioKeys)
        var audio = base ?? AudioSettings(codec: container.defaultAudioCodec)
        if let codec = members["codec"] { audio.codec = try codec.choice(AudioCodecName.self) }
        if let rate = members["bitRate"] { audio.bitRate = try rate.integer(1...Int.max) }
        if let channels = members["channels"] { audio.channels = try channels.integer(1...64) }
        if let rate = members["sampleRate"] { audio.sampleRate = try rate.integer(1...768_000) }
        return audio
    }
}

/// The settings that have names.
public enum Presets {
    /// Seconds between keyframes of every preset: short enough to seek and to switch between renditions.
    private static let keyframeSeconds = 2.0

    /// All of them, in the order in which they are listed.
    public static let all: [Preset] = [
        h264("1080p", height: 1080, crf: 21, audio: 160_000),
        h264("720p", height: 720, crf: 22, audio: 128_000),
        h264("480p", height: 480, crf: 23, audio: 128_000),
        h264("360p", height: 360, crf: 24, audio: 96_000),
        video("hevc-1080p", "HEVC for newer devices, half the size", .mp4, .hevc, 1080, 24, "medium", .aac),
        video("hevc-720p", "HEVC for newer devices, half the size", .mp4, .hevc, 720, 25, "medium", .aac),
        video("webm-720p", "VP9 and Opus for browsers", .webm, .vp9, 720, 32, "4", .opus),
        video("av1-720p", "AV1 and Opus, smallest", .mp4, .av1, 720, 35, "8", .opus),
        Preset(
            name: "hls-720p", summary: "H.264 and AAC in HLS segments, for the web",
            settings: RenditionSettings(
                container: .hls, video: picture(.h264, 720, 22, "medium"),
                audio: AudioSettings(bitRate: 128_000))),
        Preset(
            name: "copy-size", summary: "H.264 and AAC in the source's own size",
            settings: RenditionSettings(
                container: .mp4, video: picture(.h264, nil, 20, "medium"), audio: AudioSettings())),
        Preset(
            name: "audio", summary: "the sound alone, AAC",
            settings: RenditionSettings(container: .mp4, video: nil, audio: AudioSettings(bitRate: 128_000))),
        Preset(
            name: "voice", summary: "speech alone, Opus, mono",
            settings: RenditionSettings(
                container: .webm, video: nil, audio: AudioSettings(codec: .opus, bitRate: 32_000, channels: 1)
            )),
    ]

    /// The preset of that name.
    /// - Throws: ``TranscodeError/settings(reason:)`` with the names that there are.
    public static func named(_ name: String) throws(TranscodeError) -> Preset {
        if let preset = all.first(where: { $0.name == name }) { return preset }
        let names = all.map(\.name).joined(separator: ", ")
        throw .settings(reason: "There is no preset \(name). Use one of \(names).")
    }

    private static func h264(_ name: String, height: Int, crf: Double, audio: Int) -> Preset {
        Preset(
            name: name, summary: "H.264 and AAC, at most \(height) lines, plays everywhere",
            settings: RenditionSettings(
                container: .mp4, video: picture(.h264, height, crf, "medium"),
                audio: AudioSettings(bitRate: audio)))
    }

    private static func video(
        _ name: String, _ summary: String, _ container: OutputContainer, _ codec: VideoCodecName,
        _ height: Int, _ crf: Double, _ speed: String, _ audio: AudioCodecName
    ) -> Preset {
        Preset(
            name: name, summary: summary,
            settings: RenditionSettings(
                container: container, video: picture(codec, height, crf, speed),
                audio: AudioSettings(codec: audio, bitRate: 128_000)))
    }

    private static func picture(_ codec: VideoCodecName, _ height: Int?, _ crf: Double, _ speed: String)
        -> VideoSettings
    {
        VideoSettings(
            codec: codec, height: height, enlarges: false, crf: crf, preset: speed,
            keyframeSeconds: keyframeSeconds)
    }
}

/// The file formats that can be written.
public enum OutputContainer: String, CaseIterable, Sendable, Codable {
    /// Plain MP4 with its index in front.
    case mp4
    /// Fragmented MP4 in one file.
    case fmp4
    /// WebM: VP9 or AV1, and Opus.
    case webm
    /// Matroska.
    case mkv
    /// MPEG transport stream.
    case mpegts
    /// An HLS playlist and its segments, in files beside it.
    case hls

    /// The format that a path's extension asks for, in any case; `nil` where it asks for none of them.
    public init?(path: String) {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard let dot = name.lastIndex(of: ".") else { return nil }
        switch name[name.index(after: dot)...].lowercased() {
        case "mp4", "m4v", "m4a": self = .mp4
        case "fmp4", "m4s", "cmfv", "cmfa": self = .fmp4
        case "webm": self = .webm
        case "mkv", "mka": self = .mkv
        case "ts", "m2ts": self = .mpegts
        case "m3u8": self = .hls
        default: return nil
        }
    }

    /// What a file of this format is usually called, without the dot.
    public var fileExtension: String {
        switch self {
        case .mp4: "mp4"
        case .fmp4: "m4s"
        case .webm: "webm"
        case .mkv: "mkv"
        case .mpegts: "ts"
        case .hls: "m3u8"
        }
    }

    /// The video format that is used where none is asked for.
    public var defaultVideoCodec: VideoCodecName { self == .webm ? .vp9 : .h264 }

    /// The audio format that is used where none is asked for.
    public var defaultAudioCodec: AudioCodecName { self == .webm ? .opus : .aac }

    /// Whether files of this format can hold the video format, so that players read it.
    public func holds(_ codec: VideoCodecName) -> Bool {
        switch self {
        case .mp4, .fmp4, .mkv, .hls: true
        case .webm: codec == .vp9 || codec == .av1
        case .mpegts: codec == .h264 || codec == .hevc
        }
    }

    /// Whether files of this format can hold the audio format, so that players read it.
    public func holds(_ codec: AudioCodecName) -> Bool { self != .webm || codec == .opus }
}

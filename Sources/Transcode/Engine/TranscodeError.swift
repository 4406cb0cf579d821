/// Why a file could not be transcoded, probed, hashed or compared.
public enum TranscodeError: Error, Sendable, Hashable {
    /// There is no such file, or it cannot be opened; the reason is the system's. The user's to correct.
    case inputNotFound(path: String, reason: String)
    /// The file is there, but no media file that libavformat reads.
    case unreadable(path: String, reason: String)
    /// It is a media file, but has no track of the kinds that were asked for.
    case noTracks(path: String)
    /// The installed libavcodec has no decoder for a track.
    case unsupportedCodec(path: String, codec: String)
    /// Nothing, or nothing of one track, could be decoded.
    case damaged(path: String, reason: String)
    /// The installed libavcodec has no encoder for a format.
    case noEncoder(codec: String)
    /// Settings that contradict each other or that the encoder refuses.
    case settings(reason: String)
    /// The result could not be written, for instance because the disk is full.
    case output(path: String, reason: String)
    /// It was cancelled. Nothing was left behind.
    case cancelled
    /// The media library failed in a way that is nobody's fault outside, for instance for lack of memory.
    case library(reason: String)

    /// The stable name of the case, for manifests and reports.
    public var code: String {
        switch self {
        case .inputNotFound: "input_not_found"
        case .unreadable: "unreadable"
        case .noTracks: "no_tracks"
        case .unsupportedCodec: "unsupported_codec"
        case .damaged: "damaged"
        case .noEncoder: "no_encoder"
        case .settings: "settings"
        case .output: "output"
        case .cancelled: "cancelled"
        case .library: "library"
        }
    }

    /// All values that ``code`` can have.
    public static let codes = [
        "input_not_found", "unreadable", "no_tracks", "unsupported_codec", "damaged", "no_encoder",
        "settings",
        "output", "cancelled", "library",
    ]
}

extension TranscodeError: CustomStringConvertible {
    /// What failed, the value, and what to do, for people.
    public var description: String {
        switch self {
        case .inputNotFound(let path, let reason): "\(path) cannot be opened: \(reason). Check the path."
        case .unreadable(let path, let reason): "\(path) is no media file that can be read: \(reason)"
        case .noTracks(let path):
            "\(path) has no track of the kind that is asked for. Look at it with `convene probe`."
        case .unsupportedCodec(let path, let codec):
            "\(path) needs a decoder for \(codec), which the installed libavcodec does not have."
        case .damaged(let path, let reason): "\(path) is damaged beyond use: \(reason)"
        case .noEncoder(let codec):
            "The installed libavcodec has no encoder for \(codec). Install a libavcodec that has, or choose another format."
        case .settings(let reason): reason
        case .output(let path, let reason): "\(path) cannot be written: \(reason)"
        case .cancelled: "It was cancelled. Nothing was written."
        case .library(let reason): "The media library failed: \(reason)"
        }
    }
}

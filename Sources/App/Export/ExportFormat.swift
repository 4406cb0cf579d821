/// The file formats that an export can have, each asked for by the file's extension.
package enum ExportFormat: String, Sendable, CaseIterable {
    case mp4
    case m4v
    case mov
    case mkv
    case m4a
    case mka

    /// FFmpeg's name of it.
    var muxer: String {
        switch self {
        case .mp4, .m4v, .m4a: "mp4"
        case .mov: "mov"
        case .mkv, .mka: "matroska"
        }
    }

    /// The muxer's private options: the index in front where the format has one.
    var muxerOptions: [String: String] { muxer == "matroska" ? [:] : ["movflags": "+faststart"] }

    /// Whether players expect no pictures in it.
    private var holdsSoundOnly: Bool { self == .m4a || self == .mka }

    /// The format that the extension of `path` asks for, in any case.
    /// - Throws: ``AppError`` where it asks for none that can be written.
    package init(path: String, isAudioOnly: Bool) throws(AppError) {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let suffix = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
        let possible = Self.allCases.filter { isAudioOnly || !$0.holdsSoundOnly }.map(\.rawValue)
        guard let format = Self(rawValue: suffix) else {
            throw AppError(
                "\(path) has no extension of a format that can be written. Use one of"
                    + " \(possible.joined(separator: ", ")).", status: .usage)
        }
        guard isAudioOnly || !format.holdsSoundOnly else {
            throw AppError(
                "A file of the format \(suffix) holds sound only. Add --audio-only, or use one of"
                    + " \(possible.joined(separator: ", ")).", status: .usage)
        }
        self = format
    }
}

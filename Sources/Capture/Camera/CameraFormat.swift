internal import CV4L2
public import Media

/// A pixel format of cameras that the program can work with.
public enum CameraFormat: Sendable, Hashable {
    /// Raw samples.
    case raw(PixelFormat)
    /// One JPEG image a picture, decoded by the caller.
    case mjpeg
    /// H.264 in Annex B, passed through.
    case h264

    /// V4L2's code, and the format; in the order of preference among those that serve equally well.
    static let known: [(code: UInt32, format: CameraFormat)] = [
        (convene_pix_fmt_yu12, .raw(.yuv420p)),
        (convene_pix_fmt_nv12, .raw(.nv12)),
        (convene_pix_fmt_yuyv, .raw(.yuyv422)),
        (convene_pix_fmt_uyvy, .raw(.uyvy422)),
        (convene_pix_fmt_422p, .raw(.yuv422p)),
        (convene_pix_fmt_rgb3, .raw(.rgb24)),
        (convene_pix_fmt_abgr32, .raw(.bgra)),
        (convene_pix_fmt_xbgr32, .raw(.bgra)),
        (convene_pix_fmt_grey, .raw(.gray)),
        (convene_pix_fmt_mjpeg, .mjpeg),
        (convene_pix_fmt_jpeg, .mjpeg),
        (convene_pix_fmt_h264, .h264),
    ]

    /// The format of a V4L2 code, `nil` where the program cannot work with it.
    init?(code: UInt32) {
        guard let entry = Self.known.first(where: { $0.code == code }) else { return nil }
        self = entry.format
    }

    /// The format of that name: FFmpeg's (`yuyv422`) or V4L2's code (`YUYV`), in either case of letters.
    public init?(name: String) {
        let wanted = name.lowercased()
        let entry = Self.known.first {
            $0.format.name == wanted || fourCharacterCode($0.code).lowercased() == wanted
        }
        guard let entry else { return nil }
        self = entry.format
    }

    /// FFmpeg's name of the format.
    public var name: String {
        switch self {
        case .raw(let format): format.rawValue
        case .mjpeg: "mjpeg"
        case .h264: "h264"
        }
    }

    /// The names that ``init(name:)`` takes, V4L2's codes left out.
    public static var validNames: [String] {
        var names: [String] = []
        for entry in known where !names.contains(entry.format.name) { names.append(entry.format.name) }
        return names
    }

    /// How pictures of the format arrive.
    func encoding(range: ColorRange) -> VideoSourceFormat.Encoding {
        switch self {
        case .raw(let format): .raw(format, range)
        case .mjpeg: .mjpeg
        case .h264: .h264
        }
    }
}

/// A V4L2 format code as its four letters, without the spaces at its end (`Y8  ` is `Y8`).
func fourCharacterCode(_ code: UInt32) -> String {
    // The top bit marks big-endian variants.
    let letters = (0..<4).map { UInt8(truncatingIfNeeded: (code & 0x7fff_ffff) >> (8 * UInt32($0))) }
    let text = letters.map { (32..<127).contains($0) ? String(UnicodeScalar($0)) : "?" }.joined()
    let trimmed = String(text.reversed().drop { $0 == " " }.reversed())
    return code & 0x8000_0000 == 0 ? trimmed : trimmed + "-BE"
}

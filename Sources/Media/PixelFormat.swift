/// How the samples of a raw picture lie in memory. Names are those of FFmpeg's `AVPixelFormat`.
public enum PixelFormat: String, Sendable, Codable, CaseIterable {
    /// Planar 4:2:0: luma, then both chroma planes at half width and height (V4L2 `YU12`).
    case yuv420p
    /// Planar 4:2:2.
    case yuv422p
    /// Planar 4:4:4.
    case yuv444p
    /// Luma, then one plane of interleaved chroma at half width and height (V4L2 `NV12`).
    case nv12
    /// Packed 4:2:2, Y U Y V (V4L2 `YUYV`).
    case yuyv422
    /// Packed 4:2:2, U Y V Y (V4L2 `UYVY`).
    case uyvy422
    /// Packed, one byte each of red, green, blue.
    case rgb24
    /// Packed, blue, green, red, alpha.
    case bgra
    /// Luma only.
    case gray

    /// The number of planes.
    public var planeCount: Int {
        switch self {
        case .yuv420p, .yuv422p, .yuv444p: 3
        case .nv12: 2
        case .yuyv422, .uyvy422, .rgb24, .bgra, .gray: 1
        }
    }

    /// Bytes of one row of `plane` in a picture `width` pixels wide, without padding.
    public func rowBytes(plane: Int, width: Int) -> Int {
        let halfWidth = (width + 1) / 2
        return switch self {
        case .yuv420p, .yuv422p: plane == 0 ? width : halfWidth
        case .yuv444p, .gray: width
        case .nv12: plane == 0 ? width : halfWidth * 2
        case .yuyv422, .uyvy422: halfWidth * 4
        case .rgb24: width * 3
        case .bgra: width * 4
        }
    }

    /// Rows of `plane` in a picture `height` pixels high.
    public func rows(plane: Int, height: Int) -> Int {
        switch self {
        case .yuv420p, .nv12: plane == 0 ? height : (height + 1) / 2
        case .yuv422p, .yuv444p, .yuyv422, .uyvy422, .rgb24, .bgra, .gray: height
        }
    }
}

/// Which values of luma stand for black and white.
public enum ColorRange: String, Sendable, Codable {
    /// 16 to 235, as broadcast does (MPEG range).
    case limited
    /// 0 to 255, as JPEG does.
    case full
}

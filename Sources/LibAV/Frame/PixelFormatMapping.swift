import CFFmpeg
import Media

extension PixelFormat {
    /// FFmpeg's number for the format.
    var avPixelFormat: AVPixelFormat {
        switch self {
        case .yuv420p: AV_PIX_FMT_YUV420P
        case .yuv422p: AV_PIX_FMT_YUV422P
        case .yuv444p: AV_PIX_FMT_YUV444P
        case .nv12: AV_PIX_FMT_NV12
        case .yuyv422: AV_PIX_FMT_YUYV422
        case .uyvy422: AV_PIX_FMT_UYVY422
        case .rgb24: AV_PIX_FMT_RGB24
        case .bgra: AV_PIX_FMT_BGRA
        case .gray: AV_PIX_FMT_GRAY8
        }
    }

    /// The format for FFmpeg's number, and whether that number alone means full range (the `yuvj…` formats).
    static func from(_ format: AVPixelFormat) -> (format: PixelFormat, isFullRange: Bool)? {
        switch format {
        case AV_PIX_FMT_YUV420P: (.yuv420p, false)
        case AV_PIX_FMT_YUVJ420P: (.yuv420p, true)
        case AV_PIX_FMT_YUV422P: (.yuv422p, false)
        case AV_PIX_FMT_YUVJ422P: (.yuv422p, true)
        case AV_PIX_FMT_YUV444P: (.yuv444p, false)
        case AV_PIX_FMT_YUVJ444P: (.yuv444p, true)
        case AV_PIX_FMT_NV12: (.nv12, false)
        case AV_PIX_FMT_YUYV422: (.yuyv422, false)
        case AV_PIX_FMT_UYVY422: (.uyvy422, false)
        case AV_PIX_FMT_RGB24: (.rgb24, true)
        case AV_PIX_FMT_BGRA: (.bgra, true)
        case AV_PIX_FMT_GRAY8: (.gray, false)
        default: nil
        }
    }
}

extension TimeBase {
    var rational: AVRational { AVRational(num: numerator, den: denominator) }

    init?(_ rational: AVRational) { self.init(rational.num, rational.den) }
}

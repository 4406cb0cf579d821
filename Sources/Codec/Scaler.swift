import LibAV
public import Media

/// Converts raw pictures: size, sample layout, colour range.
///
/// Confined to one thread. It adapts itself to whatever comes in.
public final class Scaler {
    private var context = ScalerContext()

    /// A scaler that has not seen a picture yet.
    public init() {}

    /// `frame` in another size and layout; itself where nothing differs.
    ///
    /// - Parameter range: meaning of the luma values in the result; RGB formats are always full range.
    /// - Throws: where libswscale refuses a size.
    public func scale(
        _ frame: VideoFrame, to format: PixelFormat, width: Int, height: Int, range: ColorRange = .limited
    ) throws(CodecError) -> VideoFrame {
        let sameRange = frame.range == range || format == .bgra || format == .rgb24
        if frame.format == format, frame.width == width, frame.height == height, sameRange { return frame }
        do {
            return try context.scale(
                try OwnedFrame(sharing: frame, pts: nil), to: format, width: width, height: height,
                range: range,
                time: frame.time)
        } catch { throw .library(error) }
    }
}

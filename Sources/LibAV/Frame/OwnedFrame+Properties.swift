internal import CFFmpeg
import Media

extension OwnedFrame {
    /// Another reference to the samples of `frame`, which are shared, not copied. Time stamps and properties are its own.
    public init(referencing frame: borrowing OwnedFrame) throws(AVError) {
        let result = try OwnedFrame()
        try check(av_frame_ref(result.pointer, frame.pointer), "av_frame_ref")
        self = result
    }

    /// A picture with a copy of the samples and properties of `frame`, in memory of its own.
    public init(copyingPicture frame: borrowing OwnedFrame) throws(AVError) {
        let result = try OwnedFrame()
        result.pointer.pointee.format = frame.pointer.pointee.format
        result.pointer.pointee.width = frame.pointer.pointee.width
        result.pointer.pointee.height = frame.pointer.pointee.height
        try check(av_frame_get_buffer(result.pointer, 0), "av_frame_get_buffer")
        try check(av_frame_copy(result.pointer, frame.pointer), "av_frame_copy")
        try check(av_frame_copy_props(result.pointer, frame.pointer), "av_frame_copy_props")
        self = result
    }

    /// Takes the samples and properties out of `frame`, which is empty then.
    public init(taking frame: borrowing OwnedFrame) throws(AVError) {
        let result = try OwnedFrame()
        av_frame_move_ref(result.pointer, frame.pointer)
        self = result
    }

    /// Whether a picture consists of two fields of different times.
    public var isInterlaced: Bool { pointer.pointee.interlaced_frame != 0 }

    /// Nominal duration in the time base of whoever made the frame, 0 where it is not known.
    public var duration: Int64 { pointer.pointee.pkt_duration }

    /// Width to height of a pixel, 1 to 1 where it is not said.
    public var sampleAspectRatio: (width: Int, height: Int) {
        let ratio = pointer.pointee.sample_aspect_ratio
        return ratio.num > 0 && ratio.den > 0 ? (Int(ratio.num), Int(ratio.den)) : (1, 1)
    }

    /// What a picture's values mean.
    public var color: ColorDescription {
        get {
            ColorDescription(
                range: pointer.pointee.color_range, primaries: pointer.pointee.color_primaries,
                transfer: pointer.pointee.color_trc, matrix: pointer.pointee.colorspace)
        }
        nonmutating set {
            pointer.pointee.color_range = newValue.rawRange
            pointer.pointee.color_primaries = newValue.rawPrimaries
            pointer.pointee.color_trc = newValue.rawTransfer
            pointer.pointee.colorspace = newValue.rawMatrix
        }
    }

    /// The layout of a picture's samples.
    public var layout: PictureLayout? { PictureLayout(AVPixelFormat(pointer.pointee.format)) }

    /// Replaces the deprecated `yuvj…` layouts by what they stand for: the same samples, and full range.
    public func normalizeLayout() {
        guard let (format, isFullRange) = PixelFormat.from(AVPixelFormat(pointer.pointee.format)),
            isFullRange,
            format.avPixelFormat.rawValue != pointer.pointee.format
        else { return }
        pointer.pointee.format = format.avPixelFormat.rawValue
        pointer.pointee.color_range = AVCOL_RANGE_JPEG
    }

    /// The value of a tag that a filter wrote, for instance `lavfi.psnr.mse_avg`.
    public func tag(_ name: String) -> String? {
        av_dict_get(pointer.pointee.metadata, name, nil, 0).map { String(cString: $0.pointee.value) }
    }

    /// FFmpeg's name of the layout of a stretch of sound's samples.
    public var sampleFormatName: String {
        av_get_sample_fmt_name(AVSampleFormat(pointer.pointee.format)).map { String(cString: $0) } ?? "none"
    }

    /// FFmpeg's name of the order of a stretch of sound's channels: `stereo`, `5.1(side)`.
    public var channelLayoutName: String { ChannelLayoutName.text(pointer.pointee.ch_layout) }
}

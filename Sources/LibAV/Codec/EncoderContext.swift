internal import CFFmpeg
internal import Media

/// An encoder of libavcodec's and its only owner.
///
/// Confined to one thread at a time. The order of calls: ``send(_:)`` a frame, then ``receive(into:)`` until it
/// returns `false`; at the end ``sendEnd()`` and receive the rest.
public struct EncoderContext: ~Copyable, @unchecked Sendable {
    // SAFETY: one owner, which Swift enforces; libavcodec contexts may move between threads.
    private let context: CodecContextOwner

    /// Opens a video encoder.
    /// - Throws: where it is not installed, or refuses a setting; the error holds what it logged.
    public init(video settings: VideoEncoderSettings) throws(AVError) {
        let codec = try Self.find(settings.encoder)
        let owner = try CodecContextOwner(codec)
        let context = owner.pointer
        Self.set(context, settings)
        context.pointee.width = Int32(clamping: settings.width)
        context.pointee.height = Int32(clamping: settings.height)
        context.pointee.pix_fmt = settings.pixelFormat.avPixelFormat
        context.pointee.color_range = settings.range == .full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        try Self.open(context, codec, settings.options)
        self.context = owner
    }

    /// Opens a video encoder for pictures like `frame`: in its size, layout and aspect ratio, which override those of
    /// the settings.
    /// - Parameter color: what the values mean.
    /// - Throws: where it is not installed, or refuses a setting; the error holds what it logged.
    public init(
        video settings: VideoEncoderSettings, like frame: borrowing OwnedFrame, color: ColorDescription
    ) throws(AVError) {
        let codec = try Self.find(settings.encoder)
        let owner = try CodecContextOwner(codec)
        let context = owner.pointer
        Self.set(context, settings)
        context.pointee.width = frame.pointer.pointee.width
        context.pointee.height = frame.pointer.pointee.height
        context.pointee.pix_fmt = AVPixelFormat(frame.pointer.pointee.format)
        context.pointee.sample_aspect_ratio = frame.pointer.pointee.sample_aspect_ratio
        context.pointee.color_range = color.rawRange
        context.pointee.color_primaries = color.rawPrimaries
        context.pointee.color_trc = color.rawTransfer
        context.pointee.colorspace = color.rawMatrix
        context.pointee.chroma_sample_location = frame.pointer.pointee.chroma_location
        try Self.open(context, codec, settings.options)
        self.context = owner
    }

    private static func set(_ context: UnsafeMutablePointer<AVCodecContext>, _ settings: VideoEncoderSettings)
    {
        context.pointee.time_base = settings.timeBase.rational
        context.pointee.framerate = av_d2q(settings.frameRate, 1_000_000)
        if settings.keyframeInterval > 0 {
            context.pointee.gop_size = Int32(clamping: settings.keyframeInterval)
        }
        context.pointee.thread_count = Int32(clamping: settings.threads)
        if let bitRate = settings.bitRate { context.pointee.bit_rate = Int64(bitRate) }
    }

    /// Whether an encoder of that name is installed.
    public static func isInstalled(_ name: String) -> Bool { avcodec_find_encoder_by_name(name) != nil }

    /// The sample rate nearest to `rate` that the encoder takes.
    public static func sampleRate(nearest rate: Int, encoder name: String) -> Int {
        guard var next = avcodec_find_encoder_by_name(name)?.pointee.supported_samplerates else {
            return rate
        }
        var best: Int?
        while next.pointee != 0 {
            let candidate = Int(next.pointee)
            if best.map({ abs(candidate - rate) < abs($0 - rate) }) ?? true { best = candidate }
            next += 1
        }
        return best ?? rate
    }

    /// Opens an audio encoder that takes floats: interleaved, or one plane a channel where it takes nothing else,
    /// see ``takesPlanarSound``.
    /// - Throws: where it is not installed, or refuses a setting; the error holds what it logged.
    public init(audio settings: AudioEncoderSettings) throws(AVError) {
        let codec = try Self.find(settings.encoder)
        let owner = try CodecContextOwner(codec)
        let context = owner.pointer
        context.pointee.sample_rate = Int32(clamping: settings.sampleRate)
        context.pointee.sample_fmt = Self.sampleFormat(of: codec)
        context.pointee.bit_rate = Int64(settings.bitRate)
        context.pointee.time_base = AVRational(num: 1, den: Int32(clamping: settings.sampleRate))
        av_channel_layout_default(&context.pointee.ch_layout, Int32(clamping: settings.channels))
        try Self.open(context, codec, settings.options)
        self.context = owner
    }

    /// FFmpeg's name of the layout of the sound that must be sent.
    public var sampleFormatName: String {
        av_get_sample_fmt_name(context.pointer.pointee.sample_fmt).map { String(cString: $0) } ?? "none"
    }

    /// Interleaved floats, where the encoder has a choice.
    private static func sampleFormat(of codec: UnsafePointer<AVCodec>) -> AVSampleFormat {
        guard var format = codec.pointee.sample_fmts else { return AV_SAMPLE_FMT_FLT }
        while format.pointee != AV_SAMPLE_FMT_NONE {
            if format.pointee == AV_SAMPLE_FMT_FLT { return AV_SAMPLE_FMT_FLT }
            format += 1
        }
        return AV_SAMPLE_FMT_FLTP
    }

    /// Whether sound must come as one plane for each channel.
    public var takesPlanarSound: Bool { context.pointer.pointee.sample_fmt == AV_SAMPLE_FMT_FLTP }

    private static func find(_ name: String) throws(AVError) -> UnsafePointer<AVCodec> {
        guard let codec = avcodec_find_encoder_by_name(name) else {
            throw AVError(operation: "no encoder named \(name)", code: convene_averror(ENOSYS))
        }
        return codec
    }

    private static func open(
        _ context: UnsafeMutablePointer<AVCodecContext>, _ codec: UnsafePointer<AVCodec>,
        _ options: [String: String]
    ) throws(AVError) {
        let dictionary = try OptionDictionary(options)
        let name = String(cString: codec.pointee.name)
        try LibAVLog.collectingErrors { () throws(AVError) in
            _ = try check(avcodec_open2(context, codec, dictionary.address), "avcodec_open2(\(name))")
        }
        if let unknown = dictionary.firstKey {
            throw AVError(
                operation: "\(name) has no option \(unknown)", code: convene_averror(EINVAL))
        }
    }

    /// What a muxer must know of the encoder's output.
    public func parameters() throws(AVError) -> CodecParameters { try CodecParameters(of: context.pointer) }

    /// Samples of one channel that every frame but the last must have; 0 where any number will do.
    public var frameSize: Int { Int(context.pointer.pointee.frame_size) }

    /// Sends one frame. The caller keeps it.
    /// - Returns: `false` where output must be received first; send the same frame again then.
    public func send(_ frame: borrowing OwnedFrame) throws(AVError) -> Bool {
        let code = avcodec_send_frame(context.pointer, frame.pointer)
        if code == convene_averror_again { return false }
        try check(code, "avcodec_send_frame")
        return true
    }

    /// Says that no frame follows; what is still inside can be received then.
    public func sendEnd() throws(AVError) {
        let code = avcodec_send_frame(context.pointer, nil)
        if code != convene_averror_eof { try check(code, "avcodec_send_frame(end)") }
    }

    /// Takes one encoded packet.
    /// - Returns: `false` where there is none until the next frame, or none ever after the end.
    public func receive(into packet: borrowing OwnedPacket) throws(AVError) -> Bool {
        let code = avcodec_receive_packet(context.pointer, packet.pointer)
        if code == convene_averror_again || code == convene_averror_eof { return false }
        try check(code, "avcodec_receive_packet")
        return true
    }
}

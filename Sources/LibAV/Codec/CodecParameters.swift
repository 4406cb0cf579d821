internal import CFFmpeg
public import Media

/// What a decoder or a muxer must know of a stream: an `AVCodecParameters` that nobody changes any more.
public final class CodecParameters: @unchecked Sendable {
    // SAFETY: the parameters are written only before the initialiser returns.
    let pointer: UnsafeMutablePointer<AVCodecParameters>

    private init(empty: Void) throws(AVError) {
        guard let pointer = avcodec_parameters_alloc() else { throw .noMemory("avcodec_parameters_alloc") }
        self.pointer = pointer
    }

    /// A copy of FFmpeg's parameters.
    convenience init(copying source: UnsafePointer<AVCodecParameters>) throws(AVError) {
        try self.init(empty: ())
        try check(avcodec_parameters_copy(pointer, source), "avcodec_parameters_copy")
    }

    /// The parameters of an encoder that is open.
    convenience init(of context: UnsafePointer<AVCodecContext>) throws(AVError) {
        try self.init(empty: ())
        try check(avcodec_parameters_from_context(pointer, context), "avcodec_parameters_from_context")
    }

    /// The parameters of a track.
    ///
    /// - Parameter configuration: what the muxer or decoder gets as extradata; for H.264 the
    ///   AVCDecoderConfigurationRecord, otherwise usually `description.codecConfiguration`.
    public convenience init(_ description: TrackDescription, configuration: [UInt8]) throws(AVError) {
        try self.init(empty: ())
        pointer.pointee.codec_id = description.codec.avCodecID
        pointer.pointee.codec_tag = 0
        switch description.format {
        case .video(let video):
            pointer.pointee.codec_type = AVMEDIA_TYPE_VIDEO
            pointer.pointee.width = Int32(clamping: video.width)
            pointer.pointee.height = Int32(clamping: video.height)
            pointer.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        case .audio(let audio):
            pointer.pointee.codec_type = AVMEDIA_TYPE_AUDIO
            pointer.pointee.sample_rate = Int32(clamping: audio.sampleRate)
            av_channel_layout_default(&pointer.pointee.ch_layout, Int32(clamping: audio.channels))
            pointer.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
            pointer.pointee.frame_size = description.codec == .aac ? 1024 : 960
        }
        try setExtradata(configuration)
    }

    deinit {
        var owned: UnsafeMutablePointer<AVCodecParameters>? = pointer
        avcodec_parameters_free(&owned)
    }

    private func setExtradata(_ bytes: [UInt8]) throws(AVError) {
        guard !bytes.isEmpty else { return }
        guard let memory = av_mallocz(bytes.count + Int(convene_input_padding)) else {
            throw .noMemory("extradata of \(bytes.count) bytes")
        }
        bytes.withUnsafeBytes {
            if let start = $0.baseAddress { memory.copyMemory(from: start, byteCount: $0.count) }
        }
        pointer.pointee.extradata = memory.assumingMemoryBound(to: UInt8.self)
        pointer.pointee.extradata_size = Int32(clamping: bytes.count)
    }

    /// Extradata: an AVCDecoderConfigurationRecord, an AudioSpecificConfig, an OpusHead, or nothing.
    public var extradata: [UInt8] {
        guard let start = pointer.pointee.extradata else { return [] }
        return Array(UnsafeBufferPointer(start: start, count: Int(pointer.pointee.extradata_size)))
    }

    /// Whether it is video or audio; `nil` for everything else.
    public var kind: MediaKind? {
        switch pointer.pointee.codec_type {
        case AVMEDIA_TYPE_VIDEO: .video
        case AVMEDIA_TYPE_AUDIO: .audio
        default: nil
        }
    }

    /// The format where it is one that a track can have.
    public var codec: CodecID? { CodecID.allCases.first { $0.avCodecID == pointer.pointee.codec_id } }

    /// FFmpeg's name of the format.
    public var codecName: String { String(cString: avcodec_get_name(pointer.pointee.codec_id)) }

    /// Width in pixels.
    public var width: Int { Int(pointer.pointee.width) }
    /// Height in pixels.
    public var height: Int { Int(pointer.pointee.height) }
    /// Samples a second of one channel.
    public var sampleRate: Int { Int(pointer.pointee.sample_rate) }
    /// Number of channels.
    public var channels: Int { Int(pointer.pointee.ch_layout.nb_channels) }
    /// Greatest number of pictures by which decoding and presentation order differ; above 0 there are B-frames.
    public var reorderDepth: Int { Int(pointer.pointee.video_delay) }
    /// Profile, where the format has any: `High`, `LC`.
    public var profileName: String? {
        avcodec_profile_name(pointer.pointee.codec_id, pointer.pointee.profile).map { String(cString: $0) }
    }
    /// Bits a second, where the file says it.
    public var bitRate: Int? { pointer.pointee.bit_rate > 0 ? Int(pointer.pointee.bit_rate) : nil }
    /// FFmpeg's name of the order of the channels: `stereo`, `5.1(side)`.
    public var channelLayoutName: String { ChannelLayoutName.text(pointer.pointee.ch_layout) }
    /// What the values of pictures mean.
    public var color: ColorDescription {
        ColorDescription(
            range: pointer.pointee.color_range, primaries: pointer.pointee.color_primaries,
            transfer: pointer.pointee.color_trc, matrix: pointer.pointee.color_space)
    }
    /// The layout of pictures' samples, where it is known.
    public var layout: PictureLayout? {
        kind == .video ? PictureLayout(AVPixelFormat(pointer.pointee.format)) : nil
    }
    /// `progressive`, `top` or `bottom` (the field that is shown first), or `nil` where it is not said.
    public var fieldOrder: String? {
        switch pointer.pointee.field_order {
        case AV_FIELD_PROGRESSIVE: "progressive"
        case AV_FIELD_TT, AV_FIELD_BT: "top"
        case AV_FIELD_BB, AV_FIELD_TB: "bottom"
        default: nil
        }
    }
    /// Whether a decoder opened with one of both can go on with sound of the other.
    public func isSameSound(as other: CodecParameters) -> Bool {
        pointer.pointee.codec_id == other.pointer.pointee.codec_id && sampleRate == other.sampleRate
            && channels == other.channels && extradata == other.extradata
    }
    /// Whether a decoder for the format is installed.
    public var isDecodable: Bool { avcodec_find_decoder(pointer.pointee.codec_id) != nil }
    /// `video`, `audio`, `subtitle`, `data` or `attachment`.
    public var typeName: String {
        av_get_media_type_string(pointer.pointee.codec_type).map { String(cString: $0) } ?? "data"
    }
    /// FFmpeg's name of the sample layout, for devices that deliver raw sound or pictures.
    public var sampleFormatName: String? {
        let name =
            kind == .video
            ? av_get_pix_fmt_name(AVPixelFormat(pointer.pointee.format))
            : av_get_sample_fmt_name(AVSampleFormat(pointer.pointee.format))
        return name.map { String(cString: $0) }
    }
}

extension CodecID {
    var avCodecID: AVCodecID {
        switch self {
        case .h264: AV_CODEC_ID_H264
        case .opus: AV_CODEC_ID_OPUS
        case .aac: AV_CODEC_ID_AAC
        }
    }
}

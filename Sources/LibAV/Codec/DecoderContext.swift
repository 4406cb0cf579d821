internal import CFFmpeg
public import Media

/// A decoder of libavcodec's and its only owner.
///
/// Confined to one thread at a time. The order of calls: ``send(_:)`` a packet, then ``receive(into:)`` until it
/// returns `false`; at the end ``sendEnd()`` and receive the rest.
public struct DecoderContext: ~Copyable, @unchecked Sendable {
    // SAFETY: one owner, which Swift enforces; libavcodec contexts may move between threads.
    private let context: CodecContextOwner
    /// Whether what the library says of damage is not logged: a camera may send damaged pictures all day, and who decodes
    /// them counts them.
    private let isQuiet: Bool
    private let framing: UnitFraming?
    /// Damaged headers ask for pictures that fill the memory.
    private static let maximumPixels: Int64 = 16384 * 8640

    /// Opens the decoder for `parameters`.
    ///
    /// - Parameters:
    ///   - timeBase: of the packets' time stamps.
    ///   - threads: worker threads, 0 for as many as there are cores.
    ///   - isLowDelay: one picture out for each one in, where the stream allows it: slices instead of whole
    ///     pictures are decoded in parallel.
    ///   - isBitExact: the same result on every machine, where the decoder is not exact anyway.
    /// - Throws: where no decoder for the format is installed, or it refuses the parameters.
    public init(
        _ parameters: CodecParameters, timeBase: TimeBase, threads: Int = 1, isLowDelay: Bool = true,
        isBitExact: Bool = false
    ) throws(AVError) {
        let id = parameters.pointer.pointee.codec_id
        // libavcodec's own decoder of Opus chooses its instructions anew in the middle of a stream. libopus computes the
        // same on all x86-64 processors.
        let exact = isBitExact && id == AV_CODEC_ID_OPUS ? avcodec_find_decoder_by_name("libopus") : nil
        guard let codec = exact ?? avcodec_find_decoder(id) else {
            throw AVError(operation: "no decoder for \(parameters.codecName)", code: convene_averror(ENOSYS))
        }
        try self.init(
            codec, timeBase: timeBase, threads: threads, isLowDelay: isLowDelay, parameters: parameters,
            isBitExact: isBitExact)
    }

    /// Opens a decoder by FFmpeg's name of it, for streams that need no parameters, for instance `mjpeg`.
    /// - Parameter refusesDamage: a damaged picture is an error, where the decoder would give what it can make of it.
    public init(
        named name: String, timeBase: TimeBase, threads: Int = 1, refusesDamage: Bool = false
    ) throws(AVError) {
        guard let codec = avcodec_find_decoder_by_name(name) else {
            throw AVError(operation: "no decoder named \(name)", code: convene_averror(ENOSYS))
        }
        try self.init(
            codec, timeBase: timeBase, threads: threads, isLowDelay: true, parameters: nil,
            refusesDamage: refusesDamage)
    }

    private init(
        _ codec: UnsafePointer<AVCodec>, timeBase: TimeBase, threads: Int, isLowDelay: Bool,
        parameters: CodecParameters?, isBitExact: Bool = false, refusesDamage: Bool = false
    ) throws(AVError) {
        let owner = try CodecContextOwner(codec)
        let context = owner.pointer
        if let parameters {
            try check(
                avcodec_parameters_to_context(context, parameters.pointer), "avcodec_parameters_to_context")
        }
        context.pointee.pkt_timebase = timeBase.rational
        context.pointee.thread_count = Int32(clamping: threads)
        context.pointee.thread_type = isLowDelay ? FF_THREAD_SLICE : FF_THREAD_FRAME | FF_THREAD_SLICE
        if isLowDelay { context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY }
        if isBitExact { context.pointee.flags |= AV_CODEC_FLAG_BITEXACT }
        if refusesDamage {
            context.pointee.err_recognition |= AV_EF_EXPLODE | AV_EF_BITSTREAM | AV_EF_BUFFER
        }
        context.pointee.max_pixels = Self.maximumPixels
        let name = String(cString: codec.pointee.name)
        try LibAVLog.collectingErrors { () throws(AVError) in
            _ = try check(avcodec_open2(context, codec, nil), "avcodec_open2(\(name))")
        }
        self.context = owner
        isQuiet = refusesDamage
        framing = UnitFraming(codec.pointee.id, extradata: parameters?.extradata ?? [])
    }

    /// Sends one packet. The caller keeps it.
    /// - Returns: `false` where output must be received first; send the same packet again then.
    /// - Throws: ``AVError`` with `isInvalidData` where the packet was damaged, or made of so many units that it would exhaust
    ///   the memory; the decoder goes on with the next.
    public func send(_ packet: borrowing OwnedPacket) throws(AVError) -> Bool {
        if let framing, !framing.isReasonable(packet) {
            throw AVError(
                operation: "a picture of more than \(NALUnit.maximumCount) NAL units",
                code: convene_averror_invaliddata)
        }
        let (decoder, input) = (context.pointer, packet.pointer)
        let code = try quietly { avcodec_send_packet(decoder, input) }
        if code == convene_averror_again { return false }
        try check(code, "avcodec_send_packet")
        return true
    }

    private func quietly(_ call: () -> Int32) throws(AVError) -> Int32 {
        guard isQuiet else { return call() }
        return try LibAVLog.collectingErrors { () throws(AVError) in call() }
    }

    /// Says that no packet follows; what is still inside can be received then.
    public func sendEnd() throws(AVError) {
        let code = avcodec_send_packet(context.pointer, nil)
        if code != convene_averror_eof { try check(code, "avcodec_send_packet(end)") }
    }

    /// Takes one decoded frame.
    /// - Returns: `false` where there is none until the next packet, or none ever after the end.
    public func receive(into frame: borrowing OwnedFrame) throws(AVError) -> Bool {
        let (decoder, output) = (context.pointer, frame.pointer)
        let code = try quietly { avcodec_receive_frame(decoder, output) }
        if code == convene_averror_again || code == convene_averror_eof { return false }
        try check(code, "avcodec_receive_frame")
        return true
    }

    /// Forgets all pictures that others could refer to, as after a seek.
    public func flush() { avcodec_flush_buffers(context.pointer) }
}

/// How a stream of H.264 or HEVC marks its NAL units.
private enum UnitFraming {
    case startCodes
    case lengths(Int)

    /// `nil` for a format that has no such units.
    /// - Parameter extradata: with a configuration record, units have a length in front (ISO/IEC 14496-15).
    init?(_ codec: AVCodecID, extradata: [UInt8]) {
        let place: Int
        switch codec {
        case AV_CODEC_ID_H264: place = 4
        case AV_CODEC_ID_HEVC: place = 21
        default: return nil
        }
        let isRecord = extradata.count > place && extradata[0] == 1
        self = isRecord ? .lengths(Int(extradata[place] & 3) + 1) : .startCodes
    }

    func isReasonable(_ packet: borrowing OwnedPacket) -> Bool {
        let bytes = UnsafeRawBufferPointer(
            start: packet.pointer.pointee.data, count: Int(packet.pointer.pointee.size))
        switch self {
        case .startCodes: return NALUnit.isReasonable(annexB: bytes)
        case .lengths(let size): return NALUnit.isReasonable(withLengths: bytes, lengthSize: size)
        }
    }
}

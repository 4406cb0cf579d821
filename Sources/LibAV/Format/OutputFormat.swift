internal import CFFmpeg
public import Media

/// A muxer of libavformat's, for the header of a file only, and its only owner.
///
/// Confined to one thread at a time. The order of calls: ``addStream``, ``writeHeader(options:)``, ``header``.
public struct OutputFormat: ~Copyable, @unchecked Sendable {
    // SAFETY: one owner, which Swift enforces; libavformat contexts may move between threads.
    private let context: OutputContextOwner
    private var pointer: UnsafeMutablePointer<AVFormatContext> { context.pointer }

    /// A muxer by FFmpeg's name of the format, for instance `mp4`.
    public init(format: String) throws(AVError) {
        LibAVLog.redirect()
        let context = try OutputContextOwner(format: format)
        try context.attachOutput()
        self.context = context
    }

    /// Adds a stream, before the header is written.
    /// - Parameter timeBase: wish; the muxer may choose another, see ``timeBase(ofStream:)``.
    /// - Returns: its index.
    public func addStream(_ parameters: CodecParameters, timeBase: TimeBase, frameRate: Double = 0)
        throws(AVError) -> Int
    {
        guard let stream = avformat_new_stream(pointer, nil) else { throw .noMemory("avformat_new_stream") }
        try check(
            avcodec_parameters_copy(stream.pointee.codecpar, parameters.pointer), "avcodec_parameters_copy")
        stream.pointee.codecpar.pointee.codec_tag = 0
        stream.pointee.time_base = timeBase.rational
        if frameRate > 0 { stream.pointee.avg_frame_rate = av_d2q(frameRate, 1_000_000) }
        return Int(stream.pointee.index)
    }

    /// Adds or changes a tag of the whole file, before the header is written.
    public func setTag(_ key: String, _ value: String) throws(AVError) {
        try check(av_dict_set(&pointer.pointee.metadata, key, value, 0), "av_dict_set(\(key))")
    }

    /// Writes the header.
    /// - Parameter options: the muxer's private options; one that it does not know is an error.
    public func writeHeader(options: [String: String]) throws(AVError) {
        let dictionary = try OptionDictionary(options)
        let context = pointer
        try LibAVLog.collectingErrors { () throws(AVError) in
            _ = try check(avformat_write_header(context, dictionary.address), "avformat_write_header")
        }
        if let unknown = dictionary.firstKey {
            throw AVError(operation: "the muxer has no option \(unknown)", code: convene_averror(EINVAL))
        }
        avio_flush(pointer.pointee.pb)
    }

    /// The time base that packets of a stream must have, once the header is written.
    public func timeBase(ofStream index: Int) -> TimeBase? {
        guard index >= 0, index < Int(pointer.pointee.nb_streams), let stream = pointer.pointee.streams[index]
        else {
            return nil
        }
        return TimeBase(stream.pointee.time_base)
    }

    /// What was written.
    public var header: [UInt8] { context.output.bytes }
}

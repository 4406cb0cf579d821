internal import CFFmpeg
public import Media

/// A muxer of libavformat's that writes a seekable file by path, and its only owner.
///
/// Confined to one thread at a time. The order of calls: ``addStream(_:timeBase:frameRate:tag:)`` and
/// ``addChapter(title:start:end:)``, ``writeHeader(options:)``, ``write(_:)``…, ``finish()``. Without `finish()` the
/// file is left as it is, without its index.
public struct FileOutput: ~Copyable, @unchecked Sendable {
    // SAFETY: one owner, which Swift enforces; libavformat contexts may move between threads.
    private let context: FileContextOwner
    private var pointer: UnsafeMutablePointer<AVFormatContext> { context.pointer }

    /// Creates or empties the file `path`.
    /// - Parameter format: FFmpeg's name of the format, for instance `mp4`.
    public init(path: String, format: String) throws(AVError) {
        LibAVLog.redirect()
        // The prefix keeps libavformat from taking a colon in the path for a protocol.
        let address = "file:" + path
        let context = try FileContextOwner(address: address, format: format)
        try context.open(address)
        self.context = context
    }

    /// Adds a stream, before the header is written.
    /// - Parameters:
    ///   - timeBase: wish; the muxer may choose another, see ``timeBase(ofStream:)``.
    ///   - tag: the four characters by which the format names the codec, where it has several.
    /// - Returns: its index.
    public func addStream(
        _ parameters: CodecParameters, timeBase: TimeBase, frameRate: Double = 0, tag: String? = nil
    ) throws(AVError) -> Int {
        guard let stream = avformat_new_stream(pointer, nil) else { throw .noMemory("avformat_new_stream") }
        try check(
            avcodec_parameters_copy(stream.pointee.codecpar, parameters.pointer), "avcodec_parameters_copy")
        stream.pointee.codecpar.pointee.codec_tag =
            tag?.utf8.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) } ?? 0
        stream.pointee.time_base = timeBase.rational
        if frameRate > 0 { stream.pointee.avg_frame_rate = av_d2q(frameRate, 1_000_000) }
        return Int(stream.pointee.index)
    }

    /// Adds or changes a tag of the whole file, before the header is written.
    public func setTag(_ key: String, _ value: String) throws(AVError) {
        try check(av_dict_set(&pointer.pointee.metadata, key, value, 0), "av_dict_set(\(key))")
    }

    /// Adds or changes a tag of a stream, before the header is written.
    public func setTag(_ key: String, _ value: String, ofStream index: Int) throws(AVError) {
        guard index >= 0, index < Int(pointer.pointee.nb_streams), let stream = pointer.pointee.streams[index]
        else { return }
        try check(av_dict_set(&stream.pointee.metadata, key, value, 0), "av_dict_set(\(key))")
    }

    /// Says for which display a stream's pictures were made, before the header is written.
    public func setHighDynamicRange(_ metadata: HighDynamicRange, ofStream index: Int) throws(AVError) {
        guard index >= 0, index < Int(pointer.pointee.nb_streams), let stream = pointer.pointee.streams[index]
        else { return }
        try metadata.write(to: stream)
    }

    /// Makes players choose the stream by themselves, before the header is written.
    public func setDefault(stream index: Int) {
        guard index >= 0, index < Int(pointer.pointee.nb_streams), let stream = pointer.pointee.streams[index]
        else { return }
        stream.pointee.disposition |= AV_DISPOSITION_DEFAULT
    }

    /// Keeps versions, random numbers and the time of day out of the file.
    public func setBitExact() { pointer.pointee.flags |= AVFMT_FLAG_BITEXACT }

    /// Whether the format wants parameter sets out of band.
    public var wantsGlobalHeader: Bool { pointer.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0 }

    /// Adds a chapter, before the header is written. Times in microseconds.
    public func addChapter(title: String, start: Int64, end: Int64) throws(AVError) {
        guard let chapter = Self.zeroed(AVChapter.self) else { throw .noMemory("AVChapter") }
        chapter.pointee.id = Int64(pointer.pointee.nb_chapters)
        chapter.pointee.time_base = AVRational(num: 1, den: 1_000_000)
        chapter.pointee.start = start
        chapter.pointee.end = end
        var list = UnsafeMutableRawPointer(pointer.pointee.chapters)
        var count = Int32(clamping: pointer.pointee.nb_chapters)
        av_dynarray_add(&list, &count, chapter)
        guard count > Int32(clamping: pointer.pointee.nb_chapters) else {
            // On failure the function has freed the list and counts from 0 again.
            pointer.pointee.chapters = nil
            pointer.pointee.nb_chapters = 0
            av_free(chapter)
            throw .noMemory("av_dynarray_add")
        }
        pointer.pointee.chapters = list?.assumingMemoryBound(to: UnsafeMutablePointer<AVChapter>?.self)
        pointer.pointee.nb_chapters = UInt32(count)
        try check(av_dict_set(&chapter.pointee.metadata, "title", title, 0), "av_dict_set(title)")
    }

    private static func zeroed<Value>(_ type: Value.Type) -> UnsafeMutablePointer<Value>? {
        av_mallocz(MemoryLayout<Value>.size)?.assumingMemoryBound(to: type)
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
    }

    /// The time base that packets of a stream must have, once the header is written.
    public func timeBase(ofStream index: Int) -> TimeBase? {
        guard index >= 0, index < Int(pointer.pointee.nb_streams), let stream = pointer.pointee.streams[index]
        else { return nil }
        return TimeBase(stream.pointee.time_base)
    }

    /// Writes one packet of the stream that it names, in that stream's time base, at once. The caller keeps it and
    /// brings packets in the order of their decoding times over all streams.
    public func write(_ packet: borrowing OwnedPacket) throws(AVError) {
        let context = pointer
        let source = packet.pointer
        try LibAVLog.collectingErrors { () throws(AVError) in
            _ = try check(av_write_frame(context, source), "av_write_frame")
        }
        if let io = context.pointee.pb, io.pointee.error < 0 {
            throw AVError(operation: "write", code: io.pointee.error)
        }
        try check(self.context.failure.code, "write")
    }

    /// Writes one packet like ``write(_:)``, but holds packets back until they are in order over all streams. Takes the
    /// packet's contents; it is empty then.
    public func writeInterleaved(_ packet: borrowing OwnedPacket) throws(AVError) {
        let context = pointer
        let source = packet.pointer
        try LibAVLog.collectingErrors { () throws(AVError) in
            _ = try check(av_interleaved_write_frame(context, source), "av_interleaved_write_frame")
        }
        if let io = context.pointee.pb, io.pointee.error < 0 {
            throw AVError(operation: "write", code: io.pointee.error)
        }
        try check(self.context.failure.code, "write")
    }

    /// Ends the file as the format wants it and closes it. Nothing may follow.
    /// - Throws: also where something that was written before did not reach the file.
    public func finish() throws(AVError) {
        let context = pointer
        try LibAVLog.collectingErrors { () throws(AVError) in
            _ = try check(av_write_trailer(context), "av_write_trailer")
        }
        try check(self.context.failure.code, "write")
        if context.pointee.oformat.pointee.flags & AVFMT_NOFILE != 0 { return }
        let failure = context.pointee.pb?.pointee.error ?? 0
        let code = avio_closep(&context.pointee.pb)
        try check(min(failure, code), "write")
    }
}

internal import CFFmpeg
public import Media

/// An input of libavformat's (a file, a device) and its only owner.
///
/// Confined to one thread at a time.
public struct InputFormat: ~Copyable, @unchecked Sendable {
    // SAFETY: one owner, which Swift enforces; libavformat contexts may move between threads.
    private let context: InputContextOwner
    /// The streams, by index.
    public let streams: [InputStream]

    /// Opens a device, or anything else by FFmpeg's name of it, and reads as much as it takes to know its streams. Files are
    /// opened by ``init(file:format:isInterrupted:)``.
    ///
    ///     try InputFormat(opening: "default", format: "alsa", options: ["sample_rate": "48000"])
    ///
    /// - Parameters:
    ///   - format: FFmpeg's name of the format or device, or `nil` to find it out.
    ///   - options: the format's private options.
    ///   - isNonBlocking: a device that has nothing yet makes ``read(into:)`` throw `isTryAgain` instead of waiting.
    ///   - isInterrupted: asked often while a call blocks; `true` ends it with an error. Called on this thread.
    /// - Throws: where it cannot be opened, read or understood.
    public init(
        opening name: String, format: String? = nil, options: [String: String] = [:],
        isNonBlocking: Bool = false, isInterrupted: (@Sendable () -> Bool)? = nil
    ) throws(AVError) {
        let context = try LibAVLog.collectingErrors { () throws(AVError) -> InputContextOwner in
            try InputContextOwner(
                opening: name, format: format, options: options, interrupt: isInterrupted.map(Interrupt.init))
        }
        if isNonBlocking { context.pointer.pointee.flags |= AVFMT_FLAG_NONBLOCK }
        streams = try Self.describe(context.pointer)
        self.context = context
    }

    /// Opens the file at `path`, whatever its name looks like: never a protocol of libavformat's.
    ///
    /// `-` is standard input. A playlist reads the files beside it, and nothing from a network.
    ///
    /// - Parameters:
    ///   - format: FFmpeg's name of the format, or `nil` to find it out.
    ///   - isInterrupted: asked often while a call blocks; `true` ends it with an error. Called on this thread.
    /// - Throws: where it cannot be opened, read or understood.
    public init(
        file path: String, format: String? = nil, isInterrupted: (@Sendable () -> Bool)? = nil
    ) throws(AVError) {
        let name = "file:" + (path == Self.standardInput ? "/dev/stdin" : path)
        let context = try LibAVLog.collectingErrors { () throws(AVError) -> InputContextOwner in
            try InputContextOwner(
                opening: name, format: format, options: ["protocol_whitelist": Self.protocols],
                interrupt: isInterrupted.map(Interrupt.init), nested: NestedFiles(of: name))
        }
        streams = try Self.describe(context.pointer)
        self.context = context
    }

    /// What stands for standard input where a file is named.
    public static let standardInput = "-"
    /// What a file may refer to: files, also encrypted ones, and bytes in the playlist itself.
    private static let protocols = "file,crypto,data"

    /// Which files that this one names could not be opened so far, for people; `nil` if none.
    public var missingFilesText: String? {
        guard let nested = context.nested, nested.missingCount > 0 else { return nil }
        let names = nested.missing.map { $0.hasPrefix("file:") ? String($0.dropFirst(5)) : $0 }
        let rest = nested.missingCount - names.count
        let list = names.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
        return nested.missingCount == 1
            ? "a file of the playlist is missing: \(list)"
            : "\(nested.missingCount) files of the playlist are missing: \(list)"
    }

    private static func describe(_ context: UnsafeMutablePointer<AVFormatContext>) throws(AVError)
        -> [InputStream]
    {
        var streams: [InputStream] = []
        for index in 0..<Int(context.pointee.nb_streams) {
            guard let stream = context.pointee.streams[index] else { continue }
            streams.append(try InputStream(stream, of: context))
        }
        return streams
    }

    /// FFmpeg's short names of the format, for instance `mov,mp4,m4a,3gp,3g2,mj2`.
    public var formatName: String { String(cString: context.pointer.pointee.iformat.pointee.name) }

    /// FFmpeg's microseconds as nanoseconds; `nil` where they are not known, or beyond 31 years: those of a damaged file, with
    /// which nobody could calculate.
    package static func nanoseconds(_ microseconds: Int64) -> Int64? {
        let limit = TimeBase.microseconds.longestTime
        guard microseconds != convene_nopts, (-limit...limit).contains(microseconds) else { return nil }
        return microseconds * 1000
    }

    /// Duration of the whole in nanoseconds, where it is known.
    public var durationInNanoseconds: Int64? {
        Self.nanoseconds(context.pointer.pointee.duration)
    }

    /// Nanoseconds of the earliest time stamp, where it is known.
    public var startInNanoseconds: Int64? {
        Self.nanoseconds(context.pointer.pointee.start_time)
    }

    /// Bits a second of the whole, where it is known.
    public var bitRate: Int? {
        context.pointer.pointee.bit_rate > 0 ? Int(context.pointer.pointee.bit_rate) : nil
    }

    /// Whether time stamps of the format may jump, as in transport streams that were cut.
    public var hasDiscontinuousTime: Bool {
        context.pointer.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0
    }

    /// Whether the format has no time stamps, as a raw H.264 stream.
    public var hasNoTimeStamps: Bool {
        context.pointer.pointee.iformat.pointee.flags & AVFMT_NOTIMESTAMPS != 0
    }

    /// FFmpeg's names and values of the tags of the whole.
    public var tags: [String: String] { Tags.read(context.pointer.pointee.metadata) }

    /// Number of chapters.
    public var chapterCount: Int { Int(context.pointer.pointee.nb_chapters) }

    /// The stream that players choose of the video streams, or of the audio streams.
    public func bestStream(_ kind: MediaKind) -> Int? {
        let type = kind == .video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO
        let index = av_find_best_stream(context.pointer, type, -1, -1, nil, 0)
        return index >= 0 ? Int(index) : nil
    }

    /// Lets the demuxer skip a stream's packets.
    public func discard(stream index: Int) {
        guard index >= 0, index < Int(context.pointer.pointee.nb_streams) else { return }
        context.pointer.pointee.streams[index]?.pointee.discard = AVDISCARD_ALL
    }

    /// Reads the next packet of any stream, in the order of the file.
    /// - Returns: `false` at the end.
    public func read(into packet: borrowing OwnedPacket) throws(AVError) -> Bool {
        packet.reset()
        let code = av_read_frame(context.pointer, packet.pointer)
        if code == convene_averror_eof { return false }
        try check(code, "av_read_frame")
        removeImpossibleTimes(packet)
        return true
    }

    /// Takes away time stamps and durations beyond 31 years, which are damage: nobody behind this could calculate with them.
    private func removeImpossibleTimes(_ packet: borrowing OwnedPacket) {
        let index = packet.streamIndex
        guard index >= 0, index < Int(context.pointer.pointee.nb_streams),
            let base = context.pointer.pointee.streams[index].flatMap({ TimeBase($0.pointee.time_base) })
        else { return }
        let limit = base.longestTime
        func possible(_ time: Int64?) -> Int64? { time.flatMap { (-limit...limit).contains($0) ? $0 : nil } }
        packet.pts = possible(packet.pts)
        packet.dts = possible(packet.dts)
        if !(0...limit).contains(packet.duration) { packet.duration = 0 }
    }

    /// Goes to the last keyframe at or before `time` nanoseconds of the whole.
    public func seek(toNanoseconds time: Int64) throws(AVError) {
        try check(
            avformat_seek_file(context.pointer, -1, .min, time / 1000, time / 1000, 0), "avformat_seek_file")
    }
}

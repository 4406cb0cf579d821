internal import CFFmpeg
public import Media

/// One stream of a file or device.
public struct InputStream: Sendable {
    /// Its index, as packets name it.
    public let index: Int
    /// What a decoder must know of it.
    public let parameters: CodecParameters
    /// Time base of its packets.
    public let timeBase: TimeBase
    /// Pictures a second, 0 where it is not known or not video.
    public let frameRate: Double
    /// Time stamp of its beginning, in the time base.
    public let startTime: Int64?
    /// Duration in the time base, where the file says it.
    public let duration: Int64?
    /// Number of packets, where the file says it.
    public let packetCount: Int?
    /// Whether it is a still picture that was attached to a recording.
    public let isAttachedPicture: Bool
    /// FFmpeg's names and values of the stream's tags.
    public let tags: [String: String]
}

/// An input of libavformat's (a file, a device) and its only owner.
///
/// Confined to one thread at a time.
public struct InputFormat: ~Copyable, @unchecked Sendable {
    // SAFETY: one owner, which Swift enforces; libavformat contexts may move between threads.
    private let context: InputContextOwner
    /// The streams, by index.
    public let streams: [InputStream]

    /// Opens `name` and reads as much as it takes to know its streams.
    ///
    ///     try InputFormat(opening: "meeting.mp4")
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

    private static func describe(_ context: UnsafeMutablePointer<AVFormatContext>) throws(AVError)
        -> [InputStream]
    {
        var streams: [InputStream] = []
        for index in 0..<Int(context.pointee.nb_streams) {
            guard let stream = context.pointee.streams[index] else { continue }
            let rate = av_guess_frame_rate(context, stream, nil)
            let value = stream.pointee
            streams.append(
                InputStream(
                    index: index, parameters: try CodecParameters(copying: value.codecpar),
                    timeBase: TimeBase(value.time_base) ?? .microseconds,
                    frameRate: rate.den > 0 ? Double(rate.num) / Double(rate.den) : 0,
                    startTime: value.start_time == convene_nopts ? nil : value.start_time,
                    duration: value.duration == convene_nopts ? nil : value.duration,
                    packetCount: value.nb_frames > 0 ? Int(value.nb_frames) : nil,
                    isAttachedPicture: value.disposition & AV_DISPOSITION_ATTACHED_PIC != 0,
                    tags: tags(value.metadata)))
        }
        return streams
    }

    private static func tags(_ dictionary: OpaquePointer?) -> [String: String] {
        var tags: [String: String] = [:]
        var entry: UnsafeMutablePointer<AVDictionaryEntry>?
        while let next = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX) {
            tags[String(cString: next.pointee.key)] = String(cString: next.pointee.value)
            entry = next
        }
        return tags
    }

    /// FFmpeg's short names of the format, for instance `mov,mp4,m4a,3gp,3g2,mj2`.
    public var formatName: String { String(cString: context.pointer.pointee.iformat.pointee.name) }

    /// Duration of the whole in nanoseconds, where it is known.
    public var durationInNanoseconds: Int64? {
        context.pointer.pointee.duration == convene_nopts ? nil : context.pointer.pointee.duration * 1000
    }

    /// Reads the next packet of any stream, in the order of the file.
    /// - Returns: `false` at the end.
    public func read(into packet: borrowing OwnedPacket) throws(AVError) -> Bool {
        packet.reset()
        let code = av_read_frame(context.pointer, packet.pointer)
        if code == convene_averror_eof { return false }
        try check(code, "av_read_frame")
        return true
    }

    /// Goes to the last keyframe at or before `time` nanoseconds of the whole.
    public func seek(toNanoseconds time: Int64) throws(AVError) {
        try check(
            avformat_seek_file(context.pointer, -1, .min, time / 1000, time / 1000, 0), "avformat_seek_file")
    }
}

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
    /// The same as an exact fraction, on average where the file has time stamps, where it says so.
    public let averageFrameRate: (numerator: Int32, denominator: Int32)?
    /// Width to height of a pixel, 1 to 1 where it is not said.
    public let sampleAspectRatio: (width: Int, height: Int)
    /// How players turn and mirror the pictures.
    public let orientation: Orientation
    /// HDR10's metadata of the stream's header.
    public let highDynamicRange: HighDynamicRange
    /// Whether players choose it by themselves.
    public let isDefault: Bool
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

extension InputStream {
    /// Pictures a second that can be: those of damaged headers lie years or nanoseconds apart.
    private static let possibleRates = 1.0 / 3600...1000.0
    private static let usualRate = 25.0

    /// Whether ``frameRate`` is said and can be.
    public var hasPossibleFrameRate: Bool { Self.possibleRates.contains(frameRate) }

    /// Pictures a second; 25 where nothing possible is said.
    public var nominalFrameRate: Double { hasPossibleFrameRate ? frameRate : Self.usualRate }

    init(
        _ stream: UnsafeMutablePointer<AVStream>, of context: UnsafeMutablePointer<AVFormatContext>
    ) throws(AVError) {
        let value = stream.pointee
        let rate = av_guess_frame_rate(context, stream, nil)
        // Where there are no time stamps, the average is an estimate that takes fields for pictures.
        let isTimed =
            context.pointee.iformat.pointee.flags & AVFMT_NOTIMESTAMPS == 0
            && context.pointee.start_time != convene_nopts
        let average = isTimed ? value.avg_frame_rate : rate
        let aspect = av_guess_sample_aspect_ratio(context, stream, nil)
        index = Int(value.index)
        parameters = try CodecParameters(copying: value.codecpar)
        timeBase = TimeBase(value.time_base) ?? .microseconds
        frameRate = rate.den > 0 ? Double(rate.num) / Double(rate.den) : 0
        averageFrameRate = average.num > 0 && average.den > 0 ? (average.num, average.den) : nil
        sampleAspectRatio = aspect.num > 0 && aspect.den > 0 ? (Int(aspect.num), Int(aspect.den)) : (1, 1)
        orientation = Orientation(stream)
        highDynamicRange = HighDynamicRange(stream)
        isDefault = value.disposition & AV_DISPOSITION_DEFAULT != 0
        startTime = value.start_time == convene_nopts ? nil : value.start_time
        duration = value.duration == convene_nopts ? nil : value.duration
        packetCount = value.nb_frames > 0 ? Int(value.nb_frames) : nil
        isAttachedPicture = value.disposition & AV_DISPOSITION_ATTACHED_PIC != 0
        tags = Tags.read(value.metadata)
    }
}

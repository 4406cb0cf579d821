private import FoundationEssentials
public import Media

/// A track description as it stands in JSON: nothing but the types of its fields has been checked.
///
/// ```json
/// {"kind":"video","codec":"h264","timeBase":[1,90000],"width":1280,"height":720,"frameRate":30,"source":"camera"}
/// {"kind":"audio","codec":"opus","timeBase":[1,48000],"sampleRate":48000,"channels":1,"source":"camera"}
/// ```
public struct WireTrack: Sendable, Hashable {
    var kind: String
    var codec: String
    var timeBase: [Int64]
    var width: Int?
    var height: Int?
    var frameRate: Double?
    var sampleRate: Int?
    var channels: Int?
    var source: String
    var codecConfiguration: String?

    /// The JSON form of `description`.
    public init(_ description: TrackDescription) {
        kind = description.kind.rawValue
        codec = description.codec.rawValue
        timeBase = [Int64(description.timeBase.numerator), Int64(description.timeBase.denominator)]
        width = description.video?.width
        height = description.video?.height
        frameRate = description.video?.frameRate
        sampleRate = description.audio?.sampleRate
        channels = description.audio?.channels
        source = description.source
        let configuration = description.codecConfiguration
        codecConfiguration = configuration.isEmpty ? nil : Data(configuration).base64EncodedString()
    }

    /// The description, checked against every limit.
    /// - Throws: `bad_track`, naming the field.
    public func description() throws(WireError) -> TrackDescription {
        guard let codecID = CodecID(rawValue: codec) else {
            let known = CodecID.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.bad("codec", "is \"\(codec.prefix(40))\"; known are \(known)")
        }
        guard kind == codecID.kind.rawValue else {
            throw Self.bad("kind", "is \"\(kind.prefix(40))\", but \(codec) is \(codecID.kind.rawValue)")
        }
        if let problem = NameRules.problem(ofSource: source) {
            throw Self.bad("source", "is refused: \(problem)")
        }
        let configuration = try configurationBytes()
        let format = try format(of: codecID.kind)
        if let problem = CodecConfiguration.problem(
            configuration, codec: codecID, sampleRate: sampleRate ?? 0, channels: channels ?? 0)
        {
            throw Self.bad("codecConfiguration", problem)
        }
        return TrackDescription(
            codec: codecID, timeBase: try checkedTimeBase(), format: format,
            source: source, codecConfiguration: configuration)
    }

    private func checkedTimeBase() throws(WireError) -> TimeBase {
        guard timeBase.count == 2, let numerator = Int32(exactly: timeBase[0]),
            let denominator = Int32(exactly: timeBase[1]), let base = TimeBase(numerator, denominator)
        else {
            throw Self.bad("timeBase", "is not [numerator, denominator], both from 1 to \(Int32.max)")
        }
        return base
    }

    private func format(of kind: MediaKind) throws(WireError) -> TrackDescription.Format {
        switch kind {
        case .video:
            let width = try Self.check("width", width, WireLimits.pictureSizes)
            let height = try Self.check("height", height, WireLimits.pictureSizes)
            let rate = frameRate ?? 0
            guard WireLimits.frameRates.contains(rate) else {
                throw Self.bad("frameRate", "is \(rate); 0 to 1000 is allowed")
            }
            return .video(.init(width: width, height: height, frameRate: rate))
        case .audio:
            let rate = try Self.check("sampleRate", sampleRate, WireLimits.sampleRates)
            let channels = try Self.check("channels", channels, WireLimits.channelCounts)
            return .audio(.init(sampleRate: rate, channels: channels))
        }
    }

    private func configurationBytes() throws(WireError) -> [UInt8] {
        guard let codecConfiguration else { return [] }
        let maximum = WireLimits.maximumCodecConfigurationBytes
        guard codecConfiguration.utf8.count <= (maximum + 2) / 3 * 4,
            let data = Data(base64Encoded: codecConfiguration), data.count <= maximum
        else {
            throw Self.bad("codecConfiguration", "is not base64 of at most \(maximum) bytes")
        }
        return Array(data)
    }

    private static func check(
        _ field: String, _ value: Int?, _ range: ClosedRange<Int>
    ) throws(WireError) -> Int {
        guard let value else { throw bad(field, "is missing") }
        guard range.contains(value) else {
            throw bad(field, "is \(value); \(range.lowerBound) to \(range.upperBound) is allowed")
        }
        return value
    }

    private static func bad(_ field: String, _ problem: String) -> WireError {
        WireError(.badTrack, "The track's \(field) \(problem).")
    }
}

extension WireTrack: Decodable {
    /// Reads the fields that are there; unknown ones are skipped.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageField.self)
        kind = try fields.decode(String.self, forKey: .kind)
        codec = try fields.decode(String.self, forKey: .codec)
        timeBase = try fields.prefix(of: Int64.self, .timeBase, count: 2) ?? []
        width = try fields.decodeIfPresent(Int.self, forKey: .width)
        height = try fields.decodeIfPresent(Int.self, forKey: .height)
        frameRate = try fields.decodeIfPresent(Double.self, forKey: .frameRate)
        sampleRate = try fields.decodeIfPresent(Int.self, forKey: .sampleRate)
        channels = try fields.decodeIfPresent(Int.self, forKey: .channels)
        source = try fields.decode(String.self, forKey: .source)
        codecConfiguration = try fields.decodeIfPresent(String.self, forKey: .codecConfiguration)
    }

    func write(to writer: inout JSONObjectWriter) {
        writer.write(.kind, kind)
        writer.write(.codec, codec)
        writer.write(.timeBase, timeBase)
        if let width { writer.write(.width, width) }
        if let height { writer.write(.height, height) }
        if let frameRate { writer.write(.frameRate, frameRate) }
        if let sampleRate { writer.write(.sampleRate, sampleRate) }
        if let channels { writer.write(.channels, channels) }
        writer.write(.source, source)
        writer.write(.codecConfiguration, codecConfiguration)
    }
}

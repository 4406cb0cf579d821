import Media

/// Checks a track's decoder configuration: what no decoder could begin with would spoil every recording of it.
enum CodecConfiguration {
    /// What is wrong with the configuration, or `nil`.
    static func problem(_ bytes: [UInt8], codec: CodecID, sampleRate: Int, channels: Int) -> String? {
        switch codec {
        case .h264: return bytes.isEmpty ? nil : "is there; H.264 has its parameter sets in the stream"
        case .aac:
            guard bytes.count >= 2 else { return "is missing; AAC needs its AudioSpecificConfig" }
            guard let configuration = AudioSpecificConfig(bytes) else {
                return "is no AudioSpecificConfig of AAC LC, Main, LTP, HE or LD"
            }
            return configuration.problem(sampleRate: sampleRate, channels: channels)
        case .opus:
            guard !bytes.isEmpty else {
                return channels <= 2 ? nil : "is missing; Opus with more than 2 channels needs its OpusHead"
            }
            return opusProblem(bytes, channels: channels)
        }
    }

    /// RFC 7845 §5.1.
    private static func opusProblem(_ bytes: [UInt8], channels: Int) -> String? {
        guard bytes.count >= 19, bytes.starts(with: "OpusHead".utf8) else { return "is no OpusHead" }
        guard bytes[8] & 0xF0 == 0 else {
            return "is an OpusHead of version \(bytes[8]); 0 to 15 can be read"
        }
        let count = Int(bytes[9])
        guard count == channels else { return "has \(count) channels, but the track has \(channels)" }
        switch bytes[18] {
        case 0:
            guard bytes.count == 19, count <= 2 else {
                return "is an OpusHead of mapping family 0 with \(bytes.count) bytes and \(count) channels"
            }
        case 1, 255:
            guard bytes.count == 21 + count else {
                return "is an OpusHead with a channel table of another length"
            }
            let (streams, coupled) = (Int(bytes[19]), Int(bytes[20]))
            guard streams > 0, coupled <= streams, streams + coupled <= 255,
                bytes[21...].allSatisfy({ $0 == 255 || $0 < streams + coupled })
            else { return "is an OpusHead with an impossible channel table" }
        default: return "is an OpusHead of mapping family \(bytes[18]); 0, 1 and 255 can be read"
        }
        return nil
    }
}

/// ISO/IEC 14496-3 §1.6.2.1, as far as it says what a decoder will give.
private struct AudioSpecificConfig {
    private static let rates = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
    ]
    /// Main, LC, LTP; error resilient LC, LTP, LD and ELD.
    private static let coreTypes: Set<Int> = [1, 2, 4, 17, 19, 23, 39]
    /// Core rates up to which a stream may have spectral band replication without saying so.
    private static let implicitRate = 24_000

    private let rate: Int
    /// With spectral band replication, if that is said.
    private let extendedRate: Int?
    private let channels: Int
    private let hasParametricStereo: Bool

    /// `nil` where it is none, or of an object type that nobody decodes.
    init?(_ bytes: [UInt8]) {
        var bits = BitReader(bytes)
        guard var type = Self.objectType(&bits), let core = Self.rate(&bits), let layout = bits.read(4) else {
            return nil
        }
        var extended: Int?
        let isExtended = type == 5 || type == 29
        hasParametricStereo = type == 29
        if isExtended {
            guard let rate = Self.rate(&bits), let inner = Self.objectType(&bits) else { return nil }
            (extended, type) = (rate, inner)
        }
        // frameLengthFlag, dependsOnCoreCoder with its delay, extensionFlag; ELD has something else there.
        guard Self.coreTypes.contains(type), bits.read(1) != nil, let depends = bits.read(1) else {
            return nil
        }
        if type != 39, depends == 1, bits.read(14) == nil { return nil }
        guard bits.read(1) != nil else { return nil }
        rate = core
        extendedRate = extended
        switch layout {
        case 1...6: channels = layout
        case 7: channels = 8
        case 0:
            guard type != 39, let count = Self.programConfigChannels(&bits) else { return nil }
            channels = count
        default: return nil
        }
    }

    /// What does not agree with the track, or `nil`.
    func problem(sampleRate: Int, channels wanted: Int) -> String? {
        let isImplicit = extendedRate == nil && rate <= Self.implicitRate && sampleRate == 2 * rate
        guard sampleRate == rate || sampleRate == extendedRate || isImplicit else {
            return "has the sample rate \(extendedRate ?? rate), but the track has \(sampleRate)"
        }
        let mayBeStereo = hasParametricStereo || (extendedRate ?? 0) > 0 || rate <= Self.implicitRate
        guard wanted == channels || (wanted == 2 && channels == 1 && mayBeStereo) else {
            return "has \(channels) channels, but the track has \(wanted)"
        }
        return nil
    }

    private static func objectType(_ bits: inout BitReader) -> Int? {
        guard let type = bits.read(5) else { return nil }
        return type == 31 ? bits.read(6).map { 32 + $0 } : type
    }

    private static func rate(_ bits: inout BitReader) -> Int? {
        guard let index = bits.read(4) else { return nil }
        if index == 15 { return bits.read(24) }
        return rates.indices.contains(index) ? rates[index] : nil
    }

    /// ISO/IEC 14496-3 §4.4.1.1: the channels of a program_config_element.
    private static func programConfigChannels(_ bits: inout BitReader) -> Int? {
        guard bits.read(4) != nil, bits.read(2) != nil, bits.read(4) != nil,
            let front = bits.read(4), let side = bits.read(4), let back = bits.read(4),
            let effects = bits.read(2), bits.read(3) != nil, bits.read(4) != nil
        else { return nil }
        for length in [4, 4, 3] {
            guard let isThere = bits.read(1) else { return nil }
            if isThere == 1, bits.read(length) == nil { return nil }
        }
        var count = effects
        for _ in 0..<(front + side + back) {
            guard let isPair = bits.read(1), bits.read(4) != nil else { return nil }
            count += 1 + isPair
        }
        return count > 0 ? count : nil
    }
}

/// Reads bits, the most significant first.
private struct BitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next `count` bits, at most 24; `nil` at the end.
    mutating func read(_ count: Int) -> Int? {
        guard position + count <= bytes.count * 8 else { return nil }
        var value = 0
        for _ in 0..<count {
            value = value << 1 | Int(bytes[position / 8] >> UInt8(7 - position % 8) & 1)
            position += 1
        }
        return value
    }
}

import Media

/// The beginning of an AAC `AudioSpecificConfig` (ISO/IEC 14496-3 §1.6.2.1):
///
///     object type (5 bits; 31: 6 more) | frequency index (4; 15: 24 bits of frequency) | channels (4)
enum AudioSpecificConfig {
    private static let frequencies = 13
    /// Main, LC, SSR, LTP, SBR, scalable, PS, and the error-resilient ones that decoders know.
    private static let objectTypes: Set<Int> = [1, 2, 3, 4, 5, 6, 17, 20, 23, 29, 39, 42]

    /// Whether a decoder can begin with it.
    static func isUsable(_ bytes: [UInt8]) -> Bool {
        guard (2...64).contains(bytes.count) else { return false }
        var position = 0
        func read(_ count: Int) -> Int? {
            guard position + count <= bytes.count * 8 else { return nil }
            defer { position += count }
            var value = 0
            for bit in position..<position + count {
                value = value << 1 | Int(bytes[bit / 8] >> UInt8(7 - bit % 8) & 1)
            }
            return value
        }
        guard var type = read(5) else { return false }
        if type == 31 {
            guard let more = read(6) else { return false }
            type = 32 + more
        }
        guard objectTypes.contains(type), let index = read(4) else { return false }
        if index == 15 {
            guard let frequency = read(24), (7350...96_000).contains(frequency) else { return false }
        } else if index >= frequencies {
            return false
        }
        guard let channels = read(4) else { return false }
        // 0: a description of its own follows.
        return (1...7).contains(channels) || [11, 12, 14].contains(channels)
            || (channels == 0 && bytes.count > 4)
    }
}

extension TrackDescription {
    /// Why nothing of the track can be recorded; `nil` where it can. Pictures describe themselves.
    var obstacle: String? {
        guard codec == .aac, !AudioSpecificConfig.isUsable(codecConfiguration) else { return nil }
        return "its sound is described in a way that no decoder can read"
    }
}

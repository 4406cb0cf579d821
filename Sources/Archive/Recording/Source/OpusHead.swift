import Media

/// The Opus identification header (RFC 7845 §5.1) of a track.
///
///     "OpusHead" | version (1) | channels | pre-skip (2, LE) | rate (4, LE) | gain (2, LE) | mapping family | table…
enum OpusHead {
    private static let usualPreSkip: UInt16 = 312
    /// Samples that a decoder may drop at the beginning: more than any encoder needs.
    private static let longestPreSkip = 48_000

    /// The header that the publisher sent, where decoders can do with it; otherwise one that fits the description.
    static func bytes(_ description: TrackDescription) -> [UInt8] {
        let sent = description.codecConfiguration
        return isUsable(sent, channels: description.audio?.channels) ? sent : made(for: description)
    }

    /// Whether a header is whole, and says what the description says.
    private static func isUsable(_ head: [UInt8], channels: Int?) -> Bool {
        guard head.count >= 19, head.starts(with: Array("OpusHead".utf8)), head[8] >> 4 == 0 else {
            return false
        }
        let count = Int(head[9])
        let preSkip = Int(head[10]) | Int(head[11]) << 8
        guard channels == count, preSkip <= longestPreSkip else { return false }
        switch head[18] {
        case 0: return head.count == 19 && (1...2).contains(count)
        case 1:
            guard (1...8).contains(count), head.count == 21 + count else { return false }
            let (streams, coupled) = (Int(head[19]), Int(head[20]))
            return streams >= 1 && coupled <= streams && streams + coupled <= 255
                && head[21...].allSatisfy { $0 == 255 || Int($0) < streams + coupled }
        default: return false
        }
    }

    private static func made(for description: TrackDescription) -> [UInt8] {
        let rate = UInt32(clamping: description.audio?.sampleRate ?? 48_000)
        let channels = UInt8(clamping: min(2, max(1, description.audio?.channels ?? 2)))
        return Array("OpusHead".utf8)
            + [1, channels, UInt8(usualPreSkip & 255), UInt8(usualPreSkip >> 8)]
            + (0..<4).map { UInt8(rate >> (8 * $0) & 255) } + [0, 0, 0]
    }
}

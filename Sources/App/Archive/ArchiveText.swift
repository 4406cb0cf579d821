import FoundationEssentials

/// Lengths, sizes and JSON as the archive's commands print them.
enum ArchiveText {
    /// JSON with sorted keys. Infinity and NaN, which JSON does not have, become texts.
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// `1:02:03.4` for microseconds.
    static func length(_ microseconds: Int64) -> String {
        let tenths = max(0, microseconds) / 100_000
        let (hours, minutes, seconds) = (tenths / 36000, tenths / 600 % 60, tenths / 10 % 60)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":\(two(seconds)).\(tenths % 10)"
    }

    static func size(_ bytes: Int64) -> String {
        switch bytes {
        case ..<10_000: "\(bytes) B"
        case ..<10_000_000: "\(bytes / 1000) kB"
        case ..<10_000_000_000: "\(bytes / 1_000_000) MB"
        default: "\(bytes / 1_000_000_000) GB"
        }
    }
}

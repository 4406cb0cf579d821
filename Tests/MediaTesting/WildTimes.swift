import Foundation

/// A Matroska file whose clusters lie at any times, as a damaged or hostile one may say.
public enum WildTimes {
    /// Milliseconds at the ends of what the format and 64 bits hold, between some that make sense.
    public static let extremes: [UInt64] = [
        0, 20, 40, 1 << 63, 60, UInt64(Int64.max), 80, UInt64(Int64.max) - 1, 100, 1 << 62, .max, 120,
        9_223_372_036_854, 9_223_372_036_855, 140, 31_536_000_000_000, 160, 900_000_000_000, 180,
    ]

    /// Writes 20 ms of sound for each of `times`.
    public static func write(_ times: [UInt64] = extremes, to path: String) throws {
        let samples = (0..<960).flatMap { index -> [UInt8] in
            let value = UInt16(bitPattern: Int16((sin(Double(index) / 10) * 8000).rounded()))
            return [UInt8(value & 0xff), UInt8(value >> 8)]
        }
        let header = element(
            [0x1a, 0x45, 0xdf, 0xa3],
            element([0x42, 0x82], Array("matroska".utf8)) + element([0x42, 0x87], [4])
                + element([0x42, 0x85], [2]))
        let sound =
            element([0xb5], bytes(Double(48_000).bitPattern)) + element([0x9f], [1])
            + element([0x62, 0x64], [16])
        let track = element(
            [0xae],
            element([0xd7], [1]) + element([0x73, 0xc5], [1]) + element([0x83], [2])
                + element([0x86], Array("A_PCM/INT/LIT".utf8)) + element([0xe1], sound))
        let unknown: [UInt8] = [0x01] + [UInt8](repeating: 0xff, count: 7)
        var file = header + [0x18, 0x53, 0x80, 0x67] + unknown
        file += element([0x15, 0x49, 0xa9, 0x66], element([0x2a, 0xd7, 0xb1], [0x0f, 0x42, 0x40]))
        file += element([0x16, 0x54, 0xae, 0x6b], track)
        for time in times {
            let block = element([0xa3], [0x81, 0, 0, 0x80] + samples)
            file += element([0x1f, 0x43, 0xb6, 0x75], element([0xe7], bytes(time)) + block)
        }
        try Data(file).write(to: URL(filePath: path))
    }

    private static func bytes(_ value: UInt64) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    /// An element with a length of eight bytes (RFC 8794 §6).
    private static func element(_ name: [UInt8], _ content: [UInt8]) -> [UInt8] {
        var result = name
        result.append(0x01)
        result.append(contentsOf: bytes(UInt64(content.count)).dropFirst())
        result.append(contentsOf: content)
        return result
    }
}

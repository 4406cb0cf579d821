/// Reads the bits of an unescaped NAL unit, most significant first (Rec. ITU-T H.264 §7.2, §9.1).
///
/// Past the end it returns `nil`, never traps.
struct BitReader {
    private let bytes: [UInt8]
    private var position: Int

    /// A reader that starts behind the first `skipped` bytes.
    init(_ bytes: [UInt8], skipping skipped: Int) {
        self.bytes = bytes
        position = skipped * 8
    }

    /// `u(count)`, 0 to 32 bits.
    mutating func bits(_ count: Int) -> UInt32? {
        guard count <= 32, position + count <= bytes.count * 8 else { return nil }
        var value: UInt32 = 0
        for _ in 0..<count {
            value = value << 1 | UInt32(bytes[position >> 3] >> (7 - UInt8(position & 7)) & 1)
            position += 1
        }
        return value
    }

    /// One bit.
    mutating func flag() -> Bool? { bits(1).map { $0 == 1 } }

    /// `ue(v)`, an unsigned Exp-Golomb number below 2³².
    mutating func unsigned() -> UInt32? {
        var zeros = 0
        while let bit = bits(1), bit == 0 {
            zeros += 1
            if zeros > 31 { return nil }
        }
        guard let rest = bits(zeros) else { return nil }
        return (UInt32(1) << UInt32(zeros)) - 1 + rest
    }

    /// `se(v)`, a signed Exp-Golomb number.
    mutating func signed() -> Int32? {
        unsigned().map { code in
            let magnitude = Int64(code) / 2 + Int64(code & 1)
            return Int32(clamping: code & 1 == 1 ? magnitude : -magnitude)
        }
    }
}

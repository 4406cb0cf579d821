/// Writes parameter sets bit by bit (Rec. ITU-T H.264 §7.2, §9.1).
struct BitWriter {
    private var bits: [Bool] = []

    /// `u(count)`.
    mutating func bits(_ value: Int, _ count: Int) {
        for shift in stride(from: count - 1, through: 0, by: -1) { bits.append(value >> shift & 1 == 1) }
    }

    mutating func flag(_ value: Bool) { bits.append(value) }

    /// `ue(v)`.
    mutating func unsigned(_ value: Int) {
        let code = value + 1
        let length = Int.bitWidth - code.leadingZeroBitCount
        bits(0, length - 1)
        bits(code, length)
    }

    /// `se(v)`.
    mutating func signed(_ value: Int) { unsigned(value > 0 ? 2 * value - 1 : -2 * value) }

    /// The bytes with `rbsp_trailing_bits`, and emulation prevention bytes where they are needed (§7.4.1).
    func escaped() -> [UInt8] {
        var all = bits + [true]
        while all.count % 8 != 0 { all.append(false) }
        var result: [UInt8] = []
        var zeros = 0
        for start in stride(from: 0, to: all.count, by: 8) {
            let byte = all[start..<(start + 8)].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
            if zeros >= 2, byte <= 3 {
                result.append(3)
                zeros = 0
            }
            zeros = byte == 0 ? zeros + 1 : 0
            result.append(byte)
        }
        return result
    }
}

/// The fields of a sequence parameter set (§7.3.2.1.1), written by hand for tests.
struct SequenceParameters {
    var profile: UInt8 = 66
    var level: UInt8 = 30
    var id = 0
    var chromaFormat = 1
    var lumaBitDepth = 8
    var chromaBitDepth = 8
    /// One entry a list: present with these deltas, or `nil` where it is not.
    var scalingLists: [[Int]?]?
    var orderCountType = 0
    var widthInBlocks = 20
    var heightInUnits = 12
    var isInterlaced = false
    /// Left, right, top, bottom, in crop units.
    var crop: [Int]?

    /// The unit without start code, header byte included.
    func unit() -> [UInt8] {
        var writer = BitWriter()
        writer.unsigned(id)
        if [100, 110, 122, 244, 44].contains(profile) { writeHigh(&writer) }
        writer.unsigned(0)
        writer.unsigned(orderCountType)
        switch orderCountType {
        case 0: writer.unsigned(4)
        case 1:
            writer.flag(false)
            writer.signed(-7)
            writer.signed(3)
            writer.unsigned(2)
            writer.signed(1)
            writer.signed(-1)
        default: break
        }
        writer.unsigned(1)
        writer.flag(false)
        writer.unsigned(widthInBlocks - 1)
        writer.unsigned(heightInUnits - 1)
        writer.flag(!isInterlaced)
        if isInterlaced { writer.flag(true) }
        writer.flag(true)
        writer.flag(crop != nil)
        for side in crop ?? [] { writer.unsigned(side) }
        writer.flag(false)
        return [0x67, profile, 0, level] + writer.escaped()
    }

    private func writeHigh(_ writer: inout BitWriter) {
        writer.unsigned(chromaFormat)
        if chromaFormat == 3 { writer.flag(false) }
        writer.unsigned(lumaBitDepth - 8)
        writer.unsigned(chromaBitDepth - 8)
        writer.flag(false)
        writer.flag(scalingLists != nil)
        for list in scalingLists ?? [] {
            writer.flag(list != nil)
            for delta in list ?? [] { writer.signed(delta) }
        }
    }
}

import Glibc

/// One network abstraction layer unit, without start code or length (Rec. ITU-T H.264 §7.3.1).
public struct NALUnit: Sendable, Hashable {
    /// What a unit carries (Table 7-1). Other values occur and are passed through.
    public struct Kind: RawRepresentable, Sendable, Hashable {
        /// `nal_unit_type`, 0…31.
        public let rawValue: UInt8
        /// A type from its number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// A slice of a picture that is not an IDR.
        public static let slice = Kind(rawValue: 1)
        /// A slice of an IDR picture: decoding can start here.
        public static let idrSlice = Kind(rawValue: 5)
        /// Supplemental enhancement information.
        public static let sei = Kind(rawValue: 6)
        /// Sequence parameter set.
        public static let sequenceParameterSet = Kind(rawValue: 7)
        /// Picture parameter set.
        public static let pictureParameterSet = Kind(rawValue: 8)
        /// Access unit delimiter.
        public static let accessUnitDelimiter = Kind(rawValue: 9)

        /// Whether the unit is part of a coded picture (types 1 to 5).
        public var isSlice: Bool { (1...5).contains(rawValue) }
    }

    /// Units of one access unit at most: a 1080p picture with a slice for each macroblock has 8,160 and its parameter sets.
    /// What has more was made to exhaust a decoder, which takes and keeps some kilobytes for each.
    public static let maximumCount = 8_704

    /// Where the unit lies in the buffer that was searched, header byte included.
    public let range: Range<Int>
    /// `nal_ref_idc`, 0…3: 0 where no other picture refers to this one.
    public let referenceIndicator: UInt8
    /// `nal_unit_type`.
    public let kind: Kind

    init(header: UInt8, range: Range<Int>) {
        self.range = range
        referenceIndicator = (header >> 5) & 3
        kind = Kind(rawValue: header & 31)
    }

    /// The units of a byte stream (Annex B): what stands between start codes, without trailing zero bytes.
    ///
    /// Bytes before the first start code are skipped; without any start code there are no units, and neither where there
    /// are more than ``maximumCount``. Never traps.
    public static func unitsOfAnnexB(_ bytes: UnsafeRawBufferPointer) -> [NALUnit] {
        var units: [NALUnit] = []
        var start: Int?
        let count = bytes.count
        func close(at end: Int) {
            guard let first = start else { return }
            var last = end
            while last > first, bytes[last - 1] == 0 { last -= 1 }
            if last > first { units.append(NALUnit(header: bytes[first], range: first..<last)) }
        }
        guard let base = bytes.baseAddress else { return [] }
        // A start code ends in 1, which few coded bytes are; memchr looks at many bytes at a time.
        var index = 2
        while index < count, let found = memchr(base + index, 1, count - index) {
            let one = base.distance(to: found)
            index = one + 1
            guard bytes[one - 1] == 0, bytes[one - 2] == 0 else { continue }
            close(at: one - 2)
            if units.count > maximumCount { return [] }
            start = index
            index += 2
        }
        close(at: count)
        return units.count > maximumCount ? [] : units
    }

    /// Whether a byte stream (Annex B) has at most ``maximumCount`` units, empty ones counted. Allocates nothing.
    public static func isReasonable(annexB bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        var (index, units) = (2, 0)
        while index < bytes.count, let found = memchr(base + index, 1, bytes.count - index) {
            let one = base.distance(to: found)
            index = one + 1
            if bytes[one - 1] == 0, bytes[one - 2] == 0 {
                units += 1
                if units > maximumCount { return false }
            }
        }
        return true
    }

    /// Whether a sample with length fields of `lengthSize` bytes has at most ``maximumCount`` units, empty ones counted.
    /// Allocates nothing.
    public static func isReasonable(withLengths bytes: UnsafeRawBufferPointer, lengthSize: Int) -> Bool {
        guard (1...4).contains(lengthSize) else { return true }
        var (index, units) = (0, 0)
        while bytes.count - index >= lengthSize {
            var length = 0
            for offset in 0..<lengthSize { length = length << 8 | Int(bytes[index + offset]) }
            units += 1
            if units > maximumCount { return false }
            index += lengthSize
            if length > bytes.count - index { return true }
            index += length
        }
        return true
    }

    /// The units of a sample with length fields of `lengthSize` bytes (ISO/IEC 14496-15 §5.3.4.2), empty ones left out.
    ///
    /// - Returns: `nil` where a length points past the end, `lengthSize` is not 1, 2, 3 or 4, or there are more than
    ///   ``maximumCount`` units.
    public static func unitsWithLengths(_ bytes: UnsafeRawBufferPointer, lengthSize: Int) -> [NALUnit]? {
        guard (1...4).contains(lengthSize) else { return nil }
        var units: [NALUnit] = []
        var index = 0
        while index < bytes.count {
            guard bytes.count - index >= lengthSize else { return nil }
            var length = 0
            for offset in 0..<lengthSize { length = length << 8 | Int(bytes[index + offset]) }
            index += lengthSize
            guard length <= bytes.count - index, units.count < maximumCount else { return nil }
            if length > 0 { units.append(NALUnit(header: bytes[index], range: index..<(index + length))) }
            index += length
        }
        return units
    }

    /// The raw payload of a unit: emulation prevention bytes removed (§7.3.1), header byte included.
    static func unescaped(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var zeros = 0
        for byte in bytes {
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            result.append(byte)
        }
        return result
    }
}

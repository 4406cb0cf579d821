/// The four characters that name a box of an MP4 file (ISO/IEC 14496-12 §4.2).
struct BoxKind: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt32

    init(rawValue: UInt32) { self.rawValue = rawValue }

    init(_ name: StaticString) {
        var value: UInt32 = 0
        name.withUTF8Buffer { for byte in $0.prefix(4) { value = value << 8 | UInt32(byte) } }
        rawValue = value
    }

    static let ftyp = BoxKind("ftyp")
    static let free = BoxKind("free")
    static let mdat = BoxKind("mdat")
    static let moov = BoxKind("moov")
    static let moof = BoxKind("moof")
    static let mvhd = BoxKind("mvhd")
    static let mvex = BoxKind("mvex")
    static let trex = BoxKind("trex")
    static let trak = BoxKind("trak")
    static let tkhd = BoxKind("tkhd")
    static let edts = BoxKind("edts")
    static let elst = BoxKind("elst")
    static let mdia = BoxKind("mdia")
    static let mdhd = BoxKind("mdhd")
    static let hdlr = BoxKind("hdlr")
    static let minf = BoxKind("minf")
    static let stbl = BoxKind("stbl")
    static let stsd = BoxKind("stsd")
    static let stts = BoxKind("stts")
    static let ctts = BoxKind("ctts")
    static let stss = BoxKind("stss")
    static let stsc = BoxKind("stsc")
    static let stsz = BoxKind("stsz")
    static let co64 = BoxKind("co64")
    static let mfhd = BoxKind("mfhd")
    static let traf = BoxKind("traf")
    static let tfhd = BoxKind("tfhd")
    static let tfdt = BoxKind("tfdt")
    static let trun = BoxKind("trun")
}

/// Where a box lies in bytes that are in memory.
struct Box {
    let kind: BoxKind
    /// The whole box, header included.
    let range: Range<Int>
    /// What follows the header.
    let body: Range<Int>

    /// Boxes in one: ours have a few, and a fragment of all tracks that a room may have some hundreds.
    private static let mostInOne = 65_536

    /// The boxes that fill `range` of `bytes`; stops in front of one that is damaged or not all there.
    static func headers(in bytes: [UInt8], _ range: Range<Int>? = nil) -> [Box] {
        let range = range ?? 0..<bytes.count
        var boxes: [Box] = []
        var index = range.lowerBound
        while range.upperBound - index >= 8, boxes.count < mostInOne {
            var size = UInt64(bytes.bigEndian32(at: index))
            var header = 8
            if size == 1 {
                guard range.upperBound - index >= 16 else { break }
                size = bytes.bigEndian64(at: index + 8)
                header = 16
            }
            guard size >= header, size <= UInt64(range.upperBound - index) else { break }
            let end = index + Int(size)
            boxes.append(
                Box(
                    kind: BoxKind(rawValue: bytes.bigEndian32(at: index + 4)), range: index..<end,
                    body: (index + header)..<end))
            index = end
        }
        return boxes
    }

    /// The first box of a kind among those that fill `range`.
    static func first(_ kind: BoxKind, in bytes: [UInt8], _ range: Range<Int>) -> Box? {
        headers(in: bytes, range).first { $0.kind == kind }
    }
}

extension [UInt8] {
    /// The number at `index`, 0 where it is not all there.
    func bigEndian32(at index: Int) -> UInt32 {
        guard index >= 0, index + 4 <= count else { return 0 }
        return withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: index, as: UInt32.self)) }
    }

    /// The number at `index`, 0 where it is not all there.
    func bigEndian64(at index: Int) -> UInt64 {
        UInt64(bigEndian32(at: index)) << 32 | UInt64(bigEndian32(at: index + 4))
    }

    mutating func append32(_ value: UInt32) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    mutating func append64(_ value: UInt64) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends a box whose body `fill` writes. Bodies beyond 4 GiB do not occur in an index.
    mutating func appendBox(_ kind: BoxKind, _ fill: (inout [UInt8]) -> Void) {
        let start = count
        append32(0)
        append32(kind.rawValue)
        fill(&self)
        store32(UInt32(clamping: count - start), at: start)
    }

    /// Overwrites four bytes that are there.
    mutating func store32(_ value: UInt32, at index: Int) {
        withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: index, as: UInt32.self) }
    }
}

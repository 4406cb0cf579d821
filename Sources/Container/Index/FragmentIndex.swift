/// What a fragmented file holds: the bytes of its first `moov`, and the samples of all whole fragments.
struct FragmentIndex {
    /// The first `moov` of the file, header included.
    var header: [UInt8] = []
    /// Position and length of `free` behind `ftyp`.
    var reserved: Range<Int64>?
    var tables: [SampleTable] = []
    /// Position behind the last whole fragment; what follows is torn, or an index that was not finished.
    var end: Int64 = 0
    /// Whether the file is plain MP4 already.
    var isFinalised = false
    /// What the fragment behind the last whole one would have lasted, where as much as that of it is there.
    var tornNanoseconds: Int64 = 0

    private var defaults: [UInt32: SampleDefaults] = [:]

    /// `trex` and `tfhd` give values to samples that have none of their own (§8.8.3, §8.8.7).
    private struct SampleDefaults {
        var duration: UInt32 = 0
        var size: UInt32 = 0
        var flags: UInt32 = 0
    }

    private static let maximumIndexBox = 64 << 20
    /// Boxes that follow one another: two for each half second of eleven days.
    static let mostBoxes = 1 << 22
    /// Samples of all tracks: a hundred a second for a week.
    private static let mostSamples = 1 << 26
    /// Tracks of one file.
    private static let mostTracks = 256
    private var samples = 0
    /// Bytes of fragments' indices: each sample takes one at least, or nobody has written it.
    private var describedBytes = 0
    /// Two years in nanoseconds, the finest ticks there are; far enough from the end of 64 bits to add durations.
    private static let latestTime: UInt64 = 1 << 56

    /// Reads the index of a file.
    /// - Throws: where it cannot be read, or has no `ftyp` and `moov` at its beginning.
    init(_ file: borrowing RecordingFile) throws(ContainerError) {
        let size = try file.size()
        var offset: Int64 = 0
        var fragment: (bytes: [UInt8], offset: Int64)?
        var boxes = 0
        while let box = try Self.boxHeader(file, at: offset, fileSize: size) {
            boxes += 1
            guard boxes <= Self.mostBoxes else {
                throw .damaged(path: file.path, reason: "it has more than \(Self.mostBoxes) boxes")
            }
            switch box.kind {
            case .free where reserved == nil && header.isEmpty:
                reserved = offset..<(offset + box.length)
            case .mdat where header.isEmpty:
                isFinalised = true
                return
            case .moov where header.isEmpty:
                header = try Self.body(file, box)
                try readHeader(path: file.path)
                end = offset + box.length
            case .moof:
                fragment = (try Self.body(file, box), offset)
            case .mdat:
                if let whole = fragment {
                    readFragment(whole.bytes, at: whole.offset)
                    end = offset + box.length
                    guard samples <= Self.mostSamples else {
                        throw .damaged(
                            path: file.path, reason: "it has more than \(Self.mostSamples) samples")
                    }
                }
                fragment = nil
            default: break
            }
            offset += box.length
        }
        if let torn = fragment { tornNanoseconds = duration(ofTorn: torn.bytes, at: torn.offset) }
        guard !header.isEmpty else {
            throw .damaged(path: file.path, reason: "it has no header; nothing was recorded into it")
        }
    }

    /// How much longer the recording would be with this fragment.
    private func duration(ofTorn bytes: [UInt8], at offset: Int64) -> Int64 {
        var longer = self
        longer.readFragment(bytes, at: offset)
        return max(0, longer.durationInNanoseconds - durationInNanoseconds)
    }

    /// End of the longest track.
    var durationInNanoseconds: Int64 {
        tables.map { Int64(min(Double($0.end) / Double($0.timescale) * 1e9, 9e18)) }.max() ?? 0
    }

    private struct BoxHeader {
        let kind: BoxKind
        let offset: Int64
        let length: Int64
    }

    /// The box at `offset`, `nil` where none is whole.
    private static func boxHeader(
        _ file: borrowing RecordingFile, at offset: Int64, fileSize: Int64
    ) throws(ContainerError) -> BoxHeader? {
        let bytes = try file.read(16, at: offset)
        guard bytes.count >= 8 else { return nil }
        var length = UInt64(bytes.bigEndian32(at: 0))
        if length == 1 {
            guard bytes.count == 16 else { return nil }
            length = bytes.bigEndian64(at: 8)
        }
        guard length >= 8, length <= UInt64(fileSize - offset) else { return nil }
        return BoxHeader(
            kind: BoxKind(rawValue: bytes.bigEndian32(at: 4)), offset: offset, length: Int64(length))
    }

    private static func body(_ file: borrowing RecordingFile, _ box: BoxHeader) throws(ContainerError)
        -> [UInt8]
    {
        guard box.length <= maximumIndexBox else {
            throw .damaged(path: file.path, reason: "an index of \(box.length) bytes at \(box.offset)")
        }
        return try file.read(Int(box.length), at: box.offset)
    }

    private mutating func readHeader(path: String) throws(ContainerError) {
        guard let moov = Box.headers(in: header).first else { return }
        for box in Box.headers(in: header, moov.body) {
            if box.kind == .trak {
                guard let table = Self.table(header, box), tables.count < Self.mostTracks else {
                    throw .damaged(path: path, reason: "its header has a track that cannot be read")
                }
                tables.append(table)
            }
            guard box.kind == .mvex else { continue }
            for trex in Box.headers(in: header, box.body) where trex.kind == .trex {
                let start = trex.body.lowerBound
                defaults[header.bigEndian32(at: start + 4)] = SampleDefaults(
                    duration: header.bigEndian32(at: start + 12), size: header.bigEndian32(at: start + 16),
                    flags: header.bigEndian32(at: start + 20))
            }
        }
        guard !tables.isEmpty else { throw .damaged(path: path, reason: "its header names no track") }
    }

    private static func table(_ bytes: [UInt8], _ track: Box) -> SampleTable? {
        guard let tkhd = Box.first(.tkhd, in: bytes, track.body),
            let mdia = Box.first(.mdia, in: bytes, track.body),
            let mdhd = Box.first(.mdhd, in: bytes, mdia.body),
            let hdlr = Box.first(.hdlr, in: bytes, mdia.body),
            tkhd.body.count >= 24, mdhd.body.count >= 20, hdlr.body.count >= 12
        else { return nil }
        let isLong = (tkhd: bytes[tkhd.body.lowerBound] == 1, mdhd: bytes[mdhd.body.lowerBound] == 1)
        let timescale = bytes.bigEndian32(at: mdhd.body.lowerBound + (isLong.mdhd ? 20 : 12))
        guard timescale > 0, !isLong.tkhd || tkhd.body.count >= 36, !isLong.mdhd || mdhd.body.count >= 32
        else { return nil }
        return SampleTable(
            id: bytes.bigEndian32(at: tkhd.body.lowerBound + (isLong.tkhd ? 20 : 12)), timescale: timescale,
            isVideo: bytes.bigEndian32(at: hdlr.body.lowerBound + 8) == BoxKind("vide").rawValue)
    }

    private mutating func readFragment(_ bytes: [UInt8], at position: Int64) {
        guard let moof = Box.headers(in: bytes).first else { return }
        describedBytes += bytes.count
        for traf in Box.headers(in: bytes, moof.body) where traf.kind == .traf {
            readTrack(bytes, traf, moofAt: position)
        }
    }

    private mutating func readTrack(_ bytes: [UInt8], _ traf: Box, moofAt position: Int64) {
        guard let tfhd = Box.first(.tfhd, in: bytes, traf.body), tfhd.body.count >= 8 else { return }
        let id = bytes.bigEndian32(at: tfhd.body.lowerBound + 4)
        guard let index = tables.firstIndex(where: { $0.id == id }) else { return }
        var values = defaults[id] ?? SampleDefaults()
        var base = UInt64(position)
        var field = Fields(bytes, tfhd)
        field.skip(4)
        if field.flags & 0x1 != 0 { base = field.next64() }
        if field.flags & 0x2 != 0 { field.skip(4) }
        if field.flags & 0x8 != 0 { values.duration = field.next32() }
        if field.flags & 0x10 != 0 { values.size = field.next32() }
        if field.flags & 0x20 != 0 { values.flags = field.next32() }
        var time: Int64?
        for box in Box.headers(in: bytes, traf.body) {
            if box.kind == .tfdt {
                var fields = Fields(bytes, box)
                let found = fields.version == 1 ? fields.next64() : UInt64(fields.next32())
                // What no clock reaches is damage: the samples follow the last ones.
                time = found <= Self.latestTime ? Int64(found) : nil
            } else if box.kind == .trun {
                readRun(bytes, box, into: index, values, base: base, time: time)
                time = nil
            }
        }
    }

    private mutating func readRun(
        _ bytes: [UInt8], _ run: Box, into index: Int, _ values: SampleDefaults, base: UInt64, time: Int64?
    ) {
        var field = Fields(bytes, run)
        let flags = field.flags
        let count = field.next32()
        let offset = flags & 0x1 != 0 ? Int64(Int32(bitPattern: field.next32())) : 0
        let firstFlags = flags & 0x4 != 0 ? field.next32() : nil
        let fieldsPerSample = (flags >> 8 & 0xF).nonzeroBitCount
        guard Int(count) * fieldsPerSample * 4 <= field.remaining, count > 0,
            samples + Int(count) <= describedBytes
        else { return }
        samples += Int(count)
        tables[index].beginChunk(at: UInt64(clamping: Int64(clamping: base) &+ offset), time: time)
        for number in 0..<count {
            let duration = flags & 0x100 != 0 ? field.next32() : values.duration
            let size = flags & 0x200 != 0 ? field.next32() : values.size
            let own = flags & 0x400 != 0 ? field.next32() : values.flags
            let composition = flags & 0x800 != 0 ? Int32(bitPattern: field.next32()) : 0
            let sampleFlags = number == 0 ? firstFlags ?? own : own
            tables[index].append(
                duration: duration, size: size, compositionOffset: composition,
                isSync: sampleFlags & 0x10000 == 0)
        }
    }

    /// Reads the numbers of a full box one behind the other; past the end they are 0.
    private struct Fields {
        private let bytes: [UInt8]
        private var index: Int
        private let end: Int
        let version: UInt8
        let flags: UInt32

        init(_ bytes: [UInt8], _ box: Box) {
            self.bytes = bytes
            let head = bytes.bigEndian32(at: box.body.lowerBound)
            version = UInt8(head >> 24)
            flags = head & 0xFF_FFFF
            index = box.body.lowerBound + 4
            end = box.body.upperBound
        }

        var remaining: Int { end - index }
        mutating func skip(_ count: Int) { index += count }
        mutating func next32() -> UInt32 {
            defer { index += 4 }
            return bytes.bigEndian32(at: index)
        }
        mutating func next64() -> UInt64 {
            defer { index += 8 }
            return bytes.bigEndian64(at: index)
        }
    }
}

/// What the index of a finalised file says of its tracks.
struct PlainIndex {
    private(set) var sampleCounts: [Int] = []
    /// End of the longest track.
    private(set) var durationInNanoseconds: Int64 = 0

    private static let maximumIndexBox: UInt64 = 1 << 30

    /// Reads the index behind the media.
    /// - Throws: where the file cannot be read, or has no whole index.
    init(_ file: borrowing RecordingFile) throws(ContainerError) {
        let size = try file.size()
        var offset: Int64 = 0
        var boxes = 0
        while offset + 8 <= size, boxes < FragmentIndex.mostBoxes {
            boxes += 1
            let bytes = try file.read(16, at: offset)
            var length = UInt64(bytes.bigEndian32(at: 0))
            if length == 1, bytes.count == 16 { length = bytes.bigEndian64(at: 8) }
            guard length >= 8, length <= UInt64(size - offset) else { break }
            if BoxKind(rawValue: bytes.bigEndian32(at: 4)) == .moov {
                guard length <= Self.maximumIndexBox else { break }
                read(try file.read(Int(length), at: offset))
                return
            }
            offset += Int64(length)
        }
        throw .damaged(path: file.path, reason: "it has media but no index")
    }

    private mutating func read(_ bytes: [UInt8]) {
        guard let moov = Box.headers(in: bytes).first, let mvhd = Box.first(.mvhd, in: bytes, moov.body)
        else { return }
        let start = mvhd.body.lowerBound
        let isLong = bytes.count > start && bytes[start] == 1
        let timescale = bytes.bigEndian32(at: start + (isLong ? 20 : 12))
        let duration =
            isLong ? bytes.bigEndian64(at: start + 24) : UInt64(bytes.bigEndian32(at: start + 16))
        if timescale > 0 {
            let seconds = Double(duration) / Double(timescale)
            durationInNanoseconds = Int64(clamping: UInt64(min(seconds * 1e9, 9e18)))
        }
        for track in Box.headers(in: bytes, moov.body) where track.kind == .trak {
            guard let media = Box.first(.mdia, in: bytes, track.body),
                let information = Box.first(.minf, in: bytes, media.body),
                let table = Box.first(.stbl, in: bytes, information.body),
                let sizes = Box.first(.stsz, in: bytes, table.body)
            else { continue }
            sampleCounts.append(Int(bytes.bigEndian32(at: sizes.body.lowerBound + 8)))
        }
    }
}

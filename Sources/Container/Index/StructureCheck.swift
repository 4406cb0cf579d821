/// Whether a recording is built as it should be: its boxes, and an index whose every sample lies in the media.
public struct StructureCheck: Sendable {
    /// What is wrong, a sentence each without the file's name. Empty where nothing is.
    public private(set) var findings: [String] = []
    /// Whether it is plain MP4, rather than fragments.
    public private(set) var isFinalised = false
    /// Samples of each track, in the order of the file.
    public private(set) var sampleCounts: [Int] = []
    /// End of the longest track.
    public private(set) var durationInNanoseconds: Int64 = 0
    /// Bytes of the file.
    public private(set) var size: Int64 = 0

    private static let maximumIndex: Int64 = 1 << 28

    private struct Span {
        let kind: BoxKind
        let range: Range<Int64>
        let body: Range<Int64>
    }

    /// Checks the file at `path`. Blocks on the disk; the media is not read.
    /// - Throws: where it cannot be read at all.
    public init(path: String) throws(ContainerError) {
        let file = try RecordingFile(path, .read, levels: RecordingFile.archiveLevels)
        size = try file.size()
        try examine(file)
    }

    private mutating func examine(_ file: borrowing RecordingFile) throws(ContainerError) {
        let boxes = try topLevel(file)
        guard boxes.first?.kind == .ftyp else {
            findings.append("it does not begin with ftyp: no MP4")
            return
        }
        let media = boxes.filter { $0.kind == .mdat }
        let index = boxes.last { $0.kind == .moov }
        isFinalised = boxes.dropFirst().first?.kind == .mdat
        if isFinalised {
            guard let index else { return findings.append("it has media but no index") }
            if media.count != 1 { findings.append("it has \(media.count) mdat boxes, and should have one") }
            guard Int64(index.range.count) <= Self.maximumIndex else {
                return findings.append("its index is absurdly large")
            }
            let bytes = try file.read(index.range.count, at: index.range.lowerBound)
            check(index: bytes, media: media.prefix(16).map(\.body))
            durationInNanoseconds = (try? PlainIndex(file))?.durationInNanoseconds ?? 0
            return
        }
        do {
            let fragments = try FragmentIndex(file)
            sampleCounts = fragments.tables.map(\.sizes.count)
            durationInNanoseconds = fragments.durationInNanoseconds
            if fragments.end < size {
                findings.append("\(size - fragments.end) bytes at its end belong to no whole fragment")
            }
        } catch .damaged(_, let reason) { findings.append(reason) }
    }

    /// The boxes of the file; finds what is not covered by any.
    private mutating func topLevel(_ file: borrowing RecordingFile) throws(ContainerError) -> [Span] {
        var spans: [Span] = []
        var offset: Int64 = 0
        while offset < size {
            let bytes = try file.read(16, at: offset)
            var length = UInt64(bytes.bigEndian32(at: 0))
            var header: Int64 = 8
            if length == 1, bytes.count == 16 { (length, header) = (bytes.bigEndian64(at: 8), 16) }
            guard bytes.count >= 8, length >= UInt64(header), length <= UInt64(size - offset) else {
                findings.append("there is no whole box at byte \(offset) of \(size)")
                break
            }
            let end = offset + Int64(length)
            spans.append(
                Span(
                    kind: BoxKind(rawValue: bytes.bigEndian32(at: 4)), range: offset..<end,
                    body: (offset + header)..<end))
            offset = end
            if spans.count > FragmentIndex.mostBoxes {
                findings.append("it has more than \(FragmentIndex.mostBoxes) boxes")
                break
            }
        }
        return spans
    }

    private mutating func check(index bytes: [UInt8], media: [Range<Int64>]) {
        guard let moov = Box.headers(in: bytes).first else {
            return findings.append("its index cannot be read")
        }
        if Box.headers(in: bytes, moov.body).last?.range.upperBound != moov.body.upperBound {
            findings.append("its index has bytes that are no box")
        }
        var used: [Range<UInt64>] = []
        let tracks = Box.headers(in: bytes, moov.body).filter { $0.kind == .trak }
        if tracks.isEmpty { findings.append("its index has no track") }
        for (number, track) in tracks.enumerated() {
            guard let table = TrackIndex(bytes, track) else {
                findings.append("track \(number + 1): its tables are not all there")
                sampleCounts.append(0)
                continue
            }
            sampleCounts.append(table.sizes.count)
            findings += table.findings.map { "track \(number + 1): \($0)" }
            let chunks = table.chunkRanges
            let outside = chunks.filter { chunk in
                !media.contains {
                    UInt64($0.lowerBound) <= chunk.lowerBound && chunk.upperBound <= UInt64($0.upperBound)
                }
            }
            if let first = outside.first {
                findings.append(
                    "track \(number + 1): \(outside.count) of \(chunks.count) chunks lie outside of the media,"
                        + " the first at byte \(first.lowerBound)")
            }
            used += chunks
        }
        used.sort { $0.lowerBound < $1.lowerBound }
        if let pair = zip(used, used.dropFirst()).first(where: { $0.upperBound > $1.lowerBound }) {
            findings.append("samples overlap at byte \(pair.1.lowerBound)")
        }
    }
}

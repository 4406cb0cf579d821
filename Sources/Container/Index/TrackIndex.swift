/// The sample tables of one track in a plain file's index (ISO/IEC 14496-12 §8.6, §8.7), for checking.
struct TrackIndex {
    private(set) var sizes: [UInt32] = []
    /// Where samples lie one behind the other.
    private(set) var chunkRanges: [Range<UInt64>] = []
    /// What does not fit together.
    private(set) var findings: [String] = []

    /// The tables behind `track`, a `trak` in `bytes`; `nil` where one is missing or torn.
    init?(_ bytes: [UInt8], _ track: Box) {
        guard let header = Box.first(.tkhd, in: bytes, track.body),
            let media = Box.first(.mdia, in: bytes, track.body),
            let mediaHeader = Box.first(.mdhd, in: bytes, media.body), mediaHeader.body.count >= 24,
            let information = Box.first(.minf, in: bytes, media.body),
            let table = Box.first(.stbl, in: bytes, information.body),
            let description = Box.first(.stsd, in: bytes, table.body),
            let sizes = Box.first(.stsz, in: bytes, table.body),
            let times = Self.runs(.stts, in: bytes, table),
            let chunkRuns = Self.entries(.stsc, in: bytes, table, words: 3),
            let offsets = Self.offsets(bytes, table), header.body.count >= 24
        else { return nil }
        if bytes.bigEndian32(at: description.body.lowerBound + 4) == 0 { findings.append("it says no codec") }
        guard readSizes(bytes, sizes) else { return nil }
        checkTimes(bytes, mediaHeader, times)
        if let compositions = Self.runs(.ctts, in: bytes, table) {
            let count = compositions.reduce(0) { $0 + UInt64($1.count) }
            if count != UInt64(self.sizes.count) {
                findings.append("\(count) composition times for \(self.sizes.count) samples")
            }
        }
        checkKeyframes(bytes, table)
        placeChunks(chunkRuns, offsets)
    }

    private mutating func readSizes(_ bytes: [UInt8], _ box: Box) -> Bool {
        let common = bytes.bigEndian32(at: box.body.lowerBound + 4)
        let count = Int(bytes.bigEndian32(at: box.body.lowerBound + 8))
        if common != 0 {
            // Ours never are; a count that no file holds must not take the memory.
            guard count <= 1 << 20 else { return false }
            sizes = Array(repeating: common, count: count)
            return true
        }
        guard count <= (box.body.count - 12) / 4 else { return false }
        let start = box.body.lowerBound + 12
        sizes = (0..<count).map { bytes.bigEndian32(at: start + 4 * $0) }
        return true
    }

    private mutating func checkTimes(
        _ bytes: [UInt8], _ header: Box, _ times: [(count: UInt32, value: UInt32)]
    ) {
        let count = times.reduce(0) { $0 + UInt64($1.count) }
        if count != UInt64(sizes.count) { findings.append("\(count) times for \(sizes.count) samples") }
        let start = header.body.lowerBound
        let isLong = bytes[start] == 1
        guard !isLong || header.body.count >= 36 else { return findings.append("its header is too short") }
        let timescale = bytes.bigEndian32(at: start + (isLong ? 20 : 12))
        let duration = isLong ? bytes.bigEndian64(at: start + 24) : UInt64(bytes.bigEndian32(at: start + 16))
        var sum: UInt64 = 0
        for run in times { sum &+= UInt64(run.count) * UInt64(run.value) }
        if sum != duration { findings.append("its samples last \(sum) ticks, its header says \(duration)") }
        if timescale == 0 { findings.append("its timescale is 0") }
    }

    private mutating func checkKeyframes(_ bytes: [UInt8], _ table: Box) {
        guard let keyframes = Self.entries(.stss, in: bytes, table, words: 1) else { return }
        let numbers = keyframes.map { $0[0] }
        let isInOrder = zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
        if !isInOrder || numbers.contains(where: { $0 == 0 || Int($0) > sizes.count }) {
            findings.append("its list of keyframes names samples that are not there")
        }
    }

    private mutating func placeChunks(_ runs: [[UInt32]], _ offsets: [UInt64]) {
        var sample = 0
        var run = 0
        for (index, offset) in offsets.enumerated() {
            while run + 1 < runs.count, Int(runs[run + 1][0]) <= index + 1 { run += 1 }
            guard run < runs.count, Int(runs[run][0]) <= index + 1 else {
                return findings.append("its chunk \(index + 1) has no number of samples")
            }
            let end = sample + Int(runs[run][1])
            guard end <= sizes.count else {
                return findings.append("its chunks hold more samples than the \(sizes.count) it has")
            }
            let length = sizes[sample..<end].reduce(0) { $0 + UInt64($1) }
            let (last, isTooFar) = offset.addingReportingOverflow(length)
            chunkRanges.append(offset..<(isTooFar ? .max : last))
            sample = end
        }
        if sample < sizes.count { findings.append("\(sizes.count - sample) of its samples lie in no chunk") }
    }

    // MARK: tables

    private static func runs(
        _ kind: BoxKind, in bytes: [UInt8], _ table: Box
    ) -> [(count: UInt32, value: UInt32)]? {
        entries(kind, in: bytes, table, words: 2)?.map { ($0[0], $0[1]) }
    }

    /// The entries of a full box that counts them, `words` numbers each; `nil` where it is missing or torn.
    private static func entries(
        _ kind: BoxKind, in bytes: [UInt8], _ table: Box, words: Int
    ) -> [[UInt32]]? {
        guard let box = Box.first(kind, in: bytes, table.body) else { return nil }
        let count = Int(bytes.bigEndian32(at: box.body.lowerBound + 4))
        guard box.body.count >= 8, count <= (box.body.count - 8) / (4 * words) else { return nil }
        let start = box.body.lowerBound + 8
        return (0..<count).map { entry in
            (0..<words).map { bytes.bigEndian32(at: start + 4 * (entry * words + $0)) }
        }
    }

    private static func offsets(_ bytes: [UInt8], _ table: Box) -> [UInt64]? {
        if let short = entries(BoxKind("stco"), in: bytes, table, words: 1) {
            return short.map { UInt64($0[0]) }
        }
        return entries(.co64, in: bytes, table, words: 2)?.map { UInt64($0[0]) << 32 | UInt64($0[1]) }
    }
}

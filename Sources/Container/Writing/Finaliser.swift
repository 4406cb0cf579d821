/// Turns a fragmented recording into plain, seekable MP4 without touching the media.
///
/// It appends a complete `moov`, waits until that is on the disk, and turns the `free` behind `ftyp` into the header
/// of one `mdat` that spans everything up to the new `moov`:
///
///     before   ftyp | free (16)   | moov | moof mdat | moof mdat | torn rest
///     between  ftyp | free (16)   | moov | moof mdat | moof mdat | moov (complete)
///     after    ftyp | mdat ………………………………………………………………………………… | moov (complete)
///
/// Every state plays: players take the first `moov` they meet. The cost is that of the index. It needs nothing but the
/// file, so it is also how a recording is recovered that a crash left.
public enum Finaliser {
    /// What a file held.
    public struct Result: Sendable, Hashable {
        /// Duration of the longest track in nanoseconds.
        public var durationInNanoseconds: Int64
        /// Samples of each track, in the order of the file.
        public var sampleCounts: [Int]
        /// Bytes at the end that belonged to no whole fragment and were cut off.
        public var lostBytes: Int64
        /// What they would have lasted, as far as they say so.
        public var lostNanoseconds: Int64
        /// Bytes of the file now.
        public var size: Int64
        /// Whether it was plain MP4 already, and was left alone.
        public var wasFinalised: Bool
    }

    /// More than any fragment that a crash can tear. What is longer than that is damage of another kind: nothing is cut.
    private static let longestTorn: Int64 = 64 << 20

    /// Finalises the file at `path`. Blocks on the disk.
    ///
    /// - Throws: ``ContainerError/damaged(path:reason:)`` where it has no header or no sample; the file is left as it
    ///   is. ``ContainerError/file(path:operation:errno:)`` where the disk refuses; the file still plays then.
    public static func finalise(_ path: String) throws(ContainerError) -> Result {
        let file = try RecordingFile(path, .update, levels: RecordingFile.archiveLevels)
        let index = try FragmentIndex(file)
        let size = try file.size()
        if index.isFinalised {
            let plain = try PlainIndex(file)
            return Result(
                durationInNanoseconds: plain.durationInNanoseconds, sampleCounts: plain.sampleCounts,
                lostBytes: 0, lostNanoseconds: 0, size: size, wasFinalised: true)
        }
        guard let reserved = index.reserved, reserved.count == 16 else {
            throw .damaged(path: path, reason: "it has no room for an index; it plays as it is")
        }
        guard index.tables.contains(where: { !$0.sizes.isEmpty }) else {
            throw .damaged(path: path, reason: "it has a header but no media")
        }
        guard size - index.end <= longestTorn else {
            throw .damaged(
                path: path,
                reason: "\(size - index.end) bytes behind \(index.end) are no fragments; it plays up to there"
            )
        }
        if size > index.end { try file.truncate(to: index.end) }
        let moov = MovieIndex.moov(index)
        do {
            try file.write(moov, at: index.end)
            try file.synchronize()
        } catch {
            // Without its index the file is what it was before: fragments that play.
            try? file.truncate(to: index.end)
            throw error
        }
        var header: [UInt8] = []
        header.append32(1)
        header.append32(BoxKind.mdat.rawValue)
        header.append64(UInt64(index.end - reserved.lowerBound))
        try file.write(header, at: reserved.lowerBound)
        try file.synchronize()
        return Result(
            durationInNanoseconds: index.durationInNanoseconds, sampleCounts: index.tables.map(\.sizes.count),
            lostBytes: max(0, size - index.end), lostNanoseconds: index.tornNanoseconds,
            size: index.end + Int64(moov.count), wasFinalised: false)
    }
}

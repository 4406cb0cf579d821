import Glibc

/// One track's samples in the fragment that is open: their bytes, and what the fragment's index says of them.
///
/// Owns its memory, which the next fragment uses again.
final class FragmentTrack {
    /// One row of `trun`, in ticks of the track (ISO/IEC 14496-12 §8.8.8).
    private struct Sample {
        var duration: UInt32
        let size: UInt32
        let compositionOffset: UInt32
        let flags: UInt32
    }

    /// `sample_depends_on` 2 (on no other), and 1 with `sample_is_non_sync_sample` (§8.8.3.1).
    private static let (keyframe, difference): (UInt32, UInt32) = (0x0200_0000, 0x0101_0000)
    /// The most that a sample's duration and the distance of its time stamps may be: demuxers count in 31 bits.
    static let longest = Int64(Int32.max)
    /// Bytes of memory that are kept for the next fragment.
    private static let keptCapacity = 1 << 20
    private static let smallestCapacity = 4096

    /// Number of the track in the file, from 1 on.
    private let id: UInt32
    private var samples: [Sample] = []
    private var start: Int64 = 0
    private var last: Int64 = -1
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    /// Bytes of all samples.
    private(set) var count = 0

    init(id: UInt32) { self.id = id }

    deinit { free(memory) }

    var isEmpty: Bool { samples.isEmpty }

    /// The samples, one behind the other, until the next call.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    /// Adds a sample; times are in ticks of the track in the file.
    ///
    /// - Parameters:
    ///   - capacity: bytes that `sample` gets to write into; it returns how many it has used.
    /// - Returns: the size of the sample. Where that is 0, readers would take it for the end: there is no such sample, and the one
    ///   before it lasts longer.
    /// - Throws: where the times cannot be written: `dts` not behind the last one, `pts` before it, or too far away.
    func append(
        pts: Int64, dts: Int64, duration: Int64, isKeyframe: Bool, capacity: Int,
        sample: (UnsafeMutableRawBufferPointer) -> Int
    ) throws(ContainerError) -> Int {
        guard dts > last else { throw .sample(reason: "its time \(dts) is not behind \(last)") }
        let offset = pts.subtractingReportingOverflow(dts)
        guard !offset.overflow, (0...Self.longest).contains(offset.partialValue) else {
            throw .sample(reason: "it is shown at \(pts), but decoded at \(dts)")
        }
        guard (0...Self.longest).contains(duration) else {
            throw .sample(reason: "it lasts \(duration) ticks")
        }
        let room = try reserve(capacity)
        let size = sample(room)
        precondition((0...capacity).contains(size), "more was written than there is room for")
        guard size > 0 else {
            try extend(by: UInt32(duration))
            return 0
        }
        if samples.isEmpty { start = dts }
        samples.append(
            Sample(
                duration: UInt32(duration), size: UInt32(size),
                compositionOffset: UInt32(offset.partialValue),
                flags: isKeyframe ? Self.keyframe : Self.difference))
        last = dts
        count += size
        return size
    }

    /// Lets the last sample last longer. Without one, the next says itself when it begins.
    private func extend(by duration: UInt32) throws(ContainerError) {
        guard let sample = samples.last else { return }
        let (sum, overflow) = sample.duration.addingReportingOverflow(duration)
        guard !overflow, sum <= Self.longest else {
            throw .sample(reason: "the one before it would last \(sample.duration) and \(duration) ticks")
        }
        samples[samples.count - 1].duration = sum
    }

    /// Memory of that many bytes behind the samples.
    private func reserve(_ room: Int) throws(ContainerError) -> UnsafeMutableRawBufferPointer {
        guard room >= 0, room <= Int(Int32.max) - count else {
            throw .sample(reason: "\(room) bytes behind \(count) are too many for a fragment")
        }
        if count + room > capacity || memory == nil {
            let wanted = max(Self.smallestCapacity, capacity * 2, count + room)
            guard let grown = realloc(memory, wanted) else {
                throw .sample(reason: "there is no memory for a fragment of \(wanted) bytes")
            }
            (memory, capacity) = (grown, wanted)
        }
        return UnsafeMutableRawBufferPointer(start: memory.map { $0 + count }, count: room)
    }

    /// Forgets the samples.
    func removeAll() {
        samples.removeAll(keepingCapacity: true)
        count = 0
        guard capacity > Self.keptCapacity else { return }
        free(memory)
        (memory, capacity) = (nil, 0)
    }

    /// Writes `traf`.
    /// - Returns: where in `index` stands the position of the samples, counted from the beginning of `moof`, which the
    ///   caller puts there.
    func writeIndex(into index: inout [UInt8]) -> Int {
        var position = 0
        let first = samples.first?.flags ?? 0
        let hasFlags = samples.contains { $0.flags != first }
        let hasOffsets = samples.contains { $0.compositionOffset != 0 }
        index.appendBox(.traf) { index in
            // default-base-is-moof, and the flags that hold where a sample has none.
            index.appendBox(.tfhd) { index in
                index.append32(0x02_0020)
                index.append32(id)
                index.append32(first)
            }
            index.appendBox(.tfdt) { index in
                index.append32(0x0100_0000)
                index.append64(UInt64(start))
            }
            index.appendBox(.trun) { index in
                // Of each sample the duration and size, and what differs; the position of the first.
                index.append32(0x301 | (hasFlags ? 0x400 : 0) | (hasOffsets ? 0x800 : 0))
                index.append32(UInt32(samples.count))
                position = index.count
                index.append32(0)
                for sample in samples {
                    index.append32(sample.duration)
                    index.append32(sample.size)
                    if hasFlags { index.append32(sample.flags) }
                    if hasOffsets { index.append32(sample.compositionOffset) }
                }
            }
        }
        return position
    }
}

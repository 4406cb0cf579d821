import LibAV
import Media

/// The times of the first pictures of a file's video streams, to see whether their distance varies.
struct PictureDistances {
    private static let mostPackets = 2000
    private static let mostPictures = 300
    /// Pictures at the end of what was read whose neighbours may not have been read.
    private static let reordered = 16
    /// Share of the usual distance by which one must differ: time stamps are rounded.
    private static let tolerance = 0.25
    /// Share of the distances that may be gaps.
    private static let gaps = 0.03
    private var times: [Int: [Int64]] = [:]

    /// Reads the beginning.
    init(reading input: borrowing InputFormat) throws(AVError) {
        guard !input.hasNoTimeStamps else { return }
        let videos = Set(
            input.streams.filter { $0.parameters.kind == .video && !$0.isAttachedPicture }.map(\.index))
        guard !videos.isEmpty else { return }
        let packet = try OwnedPacket()
        for _ in 0..<Self.mostPackets {
            // Damage is for those who transcode it to tell.
            guard (try? input.read(into: packet)) == true else { return }
            let index = packet.streamIndex
            guard videos.contains(index), !packet.isDiscarded, let pts = packet.pts else { continue }
            times[index, default: []].append(pts)
            if times.values.allSatisfy({ $0.count >= Self.mostPictures }), times.count == videos.count {
                return
            }
        }
    }

    /// Whether the distance of the stream's pictures varies.
    func isVarying(_ stream: InputStream) -> Bool {
        let sorted = (times[stream.index] ?? []).sorted()
        let kept = sorted.dropLast(min(Self.reordered, sorted.count / 4))
        let distances = zip(kept.dropFirst(), kept).map { $0 &- $1 }
        guard distances.count >= 2 else { return false }
        let usual = distances.sorted()[distances.count / 2]
        // One tick more or less is rounding, and a gap is damage.
        let others = distances.count { abs($0 - usual) > max(2, Int64(Double(usual) * Self.tolerance)) }
        return Double(others) > Double(distances.count) * Self.gaps
    }
}

import Container
import Media

/// Reads one file of a meeting in the order of time: what the fragments of the file hold one track after the other comes
/// out merged.
///
/// Confined to one thread.
final class SegmentReader {
    private struct Queue {
        let track: ReplayTrack
        var packets: [(time: Int64, packet: Packet)] = []
        var head = 0
        var first: (time: Int64, packet: Packet)? { head < packets.count ? packets[head] : nil }

        mutating func removeFirst() {
            head += 1
            guard head == packets.count || head >= 256 else { return }
            packets.removeFirst(head)
            head = 0
        }

        mutating func removeAll() { (packets, head) = ([], 0) }
    }

    private let demuxer: Demuxer
    private var queues: [Queue]
    private var isAtEnd = false
    /// Why the file could not be read to its end.
    private(set) var problem: ContainerError?
    /// Microseconds of the meeting at which the last packet that was read ends.
    private(set) var end: Int64

    /// Microseconds that are read ahead at most, for a track that has no packet for a while.
    private static let readAhead: Int64 = 2_000_000
    /// Microseconds of sound that are read before the time that is asked for, for its decoder to settle: what Opus needs (RFC
    /// 7845 §4.6) and the packet in which that begins.
    static let audioPreroll: Int64 = 100_000

    /// Opens a file.
    /// - Parameters:
    ///   - tracks: describes a track of the file, by its place there.
    ///   - time: microseconds of the meeting. Pictures begin at the last keyframe at or before it.
    init(
        path: String, from time: Int64?, tracks: (_ place: Int, Demuxer.Track) -> ReplayTrack
    ) throws(ContainerError) {
        let opened = try Demuxer(recording: path)
        let described = opened.tracks.enumerated().map { tracks($0.offset, $0.element) }
        queues = described.map { Queue(track: $0) }
        end = described.map { $0.meetingTime(of: 0) }.min() ?? 0
        guard let time, let first = described.first else {
            demuxer = opened
            return
        }
        let media = first.clock.mediaTime(ofMeeting: time &* 1000)
        demuxer = media > 0 ? try Self.seek(opened, to: media, path: path) : opened
        skip(to: time)
    }

    /// A file that cannot seek there is read from its beginning.
    private static func seek(_ opened: Demuxer, to time: Int64, path: String) throws(ContainerError)
        -> Demuxer
    {
        do { try opened.seek(toNanoseconds: time) } catch { return try Demuxer(recording: path) }
        return opened
    }

    var tracks: [ReplayTrack] { queues.map(\.track) }

    /// When the next packet is decoded; `nil` at the end.
    var nextTime: Int64? {
        fill()
        return queues.compactMap { $0.first?.time }.min()
    }

    /// The next packet.
    func next() -> (track: ReplayTrack, time: Int64, packet: Packet)? {
        fill()
        var chosen: (index: Int, time: Int64)?
        for (index, queue) in queues.enumerated() {
            if let first = queue.first, first.time < chosen?.time ?? .max { chosen = (index, first.time) }
        }
        guard let chosen, let first = queues[chosen.index].first else { return nil }
        queues[chosen.index].removeFirst()
        return (queues[chosen.index].track, first.time, first.packet)
    }

    /// Reads until every track has a packet, or one of them is far ahead.
    private func fill() {
        while !isAtEnd, queues.contains(where: { $0.first == nil }) {
            let newest = queues.compactMap { $0.packets.last?.time }.max() ?? 0
            let oldest = queues.compactMap { $0.first?.time }.min() ?? newest
            if newest &- oldest > Self.readAhead { return }
            _ = read()
        }
    }

    /// Reads up to `time`, keeping of each track only what is needed to show it from there on. Where the file could be
    /// sought in, little is read; otherwise everything before.
    private func skip(to time: Int64) {
        while !isAtEnd {
            guard let index = read(), let last = queues[index].packets.last else { continue }
            if queues[index].track.media.kind == .video {
                if last.packet.isKeyframe, last.time <= time {
                    queues[index].removeAll()
                    queues[index].packets.append(last)
                }
            } else if last.time < time - Self.audioPreroll {
                queues[index].packets.removeLast()
            }
            if last.time > time + Self.readAhead { return }
            if queues.allSatisfy({ $0.packets.last.map { $0.time > time } ?? false }) { return }
        }
    }

    /// Reads one packet into the queue of its track, whose index it returns.
    private func read() -> Int? {
        do {
            guard let (track, packet) = try demuxer.next() else {
                isAtEnd = true
                return nil
            }
            guard let index = queues.firstIndex(where: { $0.track.media.index == track.index }) else {
                return nil
            }
            let described = queues[index].track
            queues[index].packets.append((described.meetingTime(of: packet.dts), packet))
            end = max(end, described.meetingTime(of: packet.pts &+ max(0, packet.duration)))
            return index
        } catch {
            problem = error
            isAtEnd = true
            return nil
        }
    }
}

package import LibAV
import Media

/// Joins what lies before and behind a jump of the time stamps: of a transport stream that was cut, or whose encoder was
/// restarted.
///
/// A jump is a joint for all streams, so that audio and video stay together. Streams reach it at different places of the file:
/// the demuxer hands out the last audio from before the joint after the first picture behind it. So each stream goes over to the
/// new time line by itself, when its own time stamps fit that better than the old one.
package struct TimeContinuity {
    /// A place at which time stamps jump.
    package struct Joint: Equatable {
        /// Where it is, nanoseconds of the joined time line.
        package var time: Int64
        /// Nanoseconds by which time stamps jump; negative if they step back.
        package var jump: Int64

        package init(time: Int64, jump: Int64) {
            self.time = time
            self.jump = jump
        }
    }

    /// Time stamps of a packet, and what is known of its stream.
    package struct Stamp {
        /// Nanoseconds, of the decoding time where there is one.
        package var time: Int64
        /// Nanoseconds that the packet lasts, 0 if unknown.
        package var duration: Int64
        /// Whether times rise from packet to packet, as decoding times do. Presentation times of reordered pictures do not.
        package var isOrdered: Bool
        /// Nanoseconds after ``time`` at which the packet is shown: where pictures are reordered, they are decoded earlier.
        package var delay: Int64

        package init(time: Int64, duration: Int64, isOrdered: Bool, delay: Int64 = 0) {
            self.time = time
            self.duration = duration
            self.isOrdered = isOrdered
            self.delay = delay
        }
    }

    private struct Stream {
        /// What is added to its time stamps.
        var offset: Int64
        /// The last time on the joined time line, and where the stream goes on.
        var last: Int64
        var next: Int64

        mutating func advance(to stamp: Stamp) {
            let time = stamp.time.saturatingAdd(offset)
            let step = time.saturatingSubtract(last)
            let length =
                stamp.duration > 0 ? stamp.duration : max(0, min(step, TimeContinuity.longestOverlap))
            (last, next) = (time, time.saturatingAdd(length))
        }
    }

    /// Jumps forward below it may be gaps in the recording, which are kept.
    private static let longestGap: Int64 = 10_000_000_000
    /// Steps back below it are jitter, as in the ffmpeg program.
    private static let longestStepBack: Int64 = 100_000_000
    /// By so much streams may begin and end apart at a joint.
    private static let longestOverlap: Int64 = 1_000_000_000

    private var streams: [Int: Stream] = [:]
    /// What is added to time stamps behind the last joint.
    private var offset: Int64 = 0
    /// Joints so far.
    package private(set) var count = 0

    package init() {}

    /// Takes the time stamp of the next packet of a stream.
    /// - Returns: nanoseconds to add to it, and the joint that begins with it, if one does.
    package mutating func take(stream index: Int, _ stamp: Stamp) -> (offset: Int64, joint: Joint?) {
        guard var stream = streams[index] else {
            var first = Stream(offset: offset, last: stamp.time.saturatingAdd(offset), next: 0)
            first.next = first.last.saturatingAdd(stamp.duration)
            streams[index] = first
            return (offset, nil)
        }
        let crosses = fitsBetter(stamp, stream)
        if crosses { stream.offset = offset }
        var joint: Joint?
        // Where another stream has made the joint, this one may begin before it has ended.
        if jumps(stamp, stream, allowance: crosses ? Self.longestOverlap : Self.longestStepBack) {
            let place = end(of: stream, delay: stamp.delay)
            joint = Joint(time: place, jump: distance(stamp, stream, stream.offset))
            offset = place.saturatingSubtract(stamp.time)
            stream.offset = offset
            count += 1
        }
        stream.advance(to: stamp)
        streams[index] = stream
        return (stream.offset, joint)
    }

    /// Whether a stream has reached the joint that another one made.
    private func fitsBetter(_ stamp: Stamp, _ stream: Stream) -> Bool {
        guard stream.offset != offset else { return false }
        let (own, other) = (distance(stamp, stream, stream.offset), distance(stamp, stream, offset))
        return other.magnitude < own.magnitude && other >= -Self.longestOverlap
    }

    private func distance(_ stamp: Stamp, _ stream: Stream, _ offset: Int64) -> Int64 {
        stamp.time.saturatingAdd(offset).saturatingSubtract(stream.next)
    }

    private func jumps(_ stamp: Stamp, _ stream: Stream, allowance: Int64) -> Bool {
        if distance(stamp, stream, stream.offset).magnitude > UInt64(Self.longestGap) { return true }
        let time = stamp.time.saturatingAdd(stream.offset)
        return stamp.isOrdered && time.saturatingAdd(allowance) < stream.last
    }

    /// Where a packet is decoded that is shown when everything has ended that came before it.
    private func end(of stream: Stream, delay: Int64) -> Int64 {
        let latest = stream.next.saturatingAdd(Self.longestOverlap)
        let others = streams.values.map(\.next).filter { $0 <= latest }.map { $0.saturatingSubtract(delay) }
        return others.reduce(stream.next, max)
    }
}

extension TimeContinuity {
    /// Moves a packet's time stamps to the joined time line.
    /// - Returns: the joint that begins with it, if one does.
    package mutating func adjust(_ packet: borrowing OwnedPacket, of stream: InputStream) -> Joint? {
        guard let time = packet.dts ?? packet.pts else { return nil }
        let base = stream.timeBase
        let isReordered = stream.parameters.kind == .video && stream.parameters.reorderDepth > 0
        let delay = packet.pts.map { $0.saturatingSubtract(time) } ?? 0
        let stamp = Stamp(
            time: base.rescale(time, to: .nanoseconds),
            duration: base.rescale(packet.duration, to: .nanoseconds),
            isOrdered: packet.dts != nil || !isReordered,
            delay: max(0, min(base.rescale(delay, to: .nanoseconds), Self.longestOverlap)))
        let (offset, joint) = take(stream: packet.streamIndex, stamp)
        let ticks = TimeBase.nanoseconds.rescale(offset, to: base)
        packet.pts = packet.pts?.saturatingAdd(ticks)
        packet.dts = packet.dts?.saturatingAdd(ticks)
        return joint
    }
}

extension TimeContinuity.Joint {
    /// `time stamps step back by 2.000 s at 2.040 s`, for people.
    /// - Parameter start: nanoseconds of the first time stamp.
    package func text(since start: Int64) -> String {
        func seconds(_ nanoseconds: UInt64) -> String {
            let milliseconds = nanoseconds / 1_000_000
            return "\(milliseconds / 1000).\(String(milliseconds % 1000 + 1000).dropFirst()) s"
        }
        let place = seconds(max(0, time.saturatingSubtract(start)).magnitude)
        return "time stamps \(jump < 0 ? "step back" : "jump") by \(seconds(jump.magnitude)) at \(place)"
    }
}

package import Archive
import Codec
import Display
package import Media

/// Places the decoded sound of one file on the time line of an export, by the publisher's clock.
///
/// Where that clock ran with the meeting's, samples stay as they are. Where it drifts, a packet gets a sample more or less
/// now and then, evenly stretched, so that the sound neither tears nor leaves its pictures.
package struct SoundPlacement {
    private let clock: ClockMap
    private let timeBase: TimeBase
    /// Nanoseconds from the meeting's start to the export's first sample.
    private let origin: Int64
    private let channels: Int
    /// Position behind the sound placed last.
    package private(set) var next: Int?

    /// How far from its place, in samples, sound may be and still go on without a break: 2 ms, where rounding makes one
    /// sample. What is farther has a hole before it.
    private static let tolerance = 96
    /// The most by which a packet is stretched or shortened, as one of so many samples; far beyond any quartz.
    private static let leastShare = 50

    /// - Parameters:
    ///   - timeBase: of the sound's time stamps.
    ///   - origin: microseconds from the meeting's start to the export's first sample.
    ///   - next: position behind the sound that this file's goes on from, if there is any.
    package init(clock: ClockMap, timeBase: TimeBase, origin: Int64, channels: Int, next: Int? = nil) {
        self.next = next
        self.clock = clock
        self.timeBase = timeBase
        self.origin = origin * 1000
        self.channels = channels
    }

    /// The sound of one packet and the position of its first sample, counted from the export's; `nil` where there is none.
    /// - Parameters:
    ///   - samples: 48 kHz, interleaved.
    ///   - pts: of the first sample.
    package mutating func place(_ samples: [Float], pts: Int64) -> (position: Int, samples: [Float])? {
        let count = samples.count / channels
        guard count > 0 else { return nil }
        let media = timeBase.rescale(pts, to: .nanoseconds)
        let length = FileAudioEncoder.timeBase.rescale(Int64(count), to: .nanoseconds)
        let (begin, end) = (position(ofMedia: media), position(ofMedia: media + length))
        var start = begin
        if let next, abs(next - begin) <= Self.tolerance { start = next }
        let change = min(max(end - start - count, -count / Self.leastShare), count / Self.leastShare)
        next = start + count + change
        return (start, change == 0 ? samples : Self.stretched(samples, channels, by: change))
    }

    /// Where a packet with that time stamp belongs.
    package func position(ofStamp pts: Int64) -> Int {
        position(ofMedia: timeBase.rescale(pts, to: .nanoseconds))
    }

    private func position(ofMedia time: Int64) -> Int {
        Int(
            TimeBase.nanoseconds.rescale(
                clock.meetingTime(ofMedia: time) - origin, to: FileAudioEncoder.timeBase))
    }

    /// The same sound with `change` samples more. The first and the last sample stay as they are.
    private static func stretched(_ samples: [Float], _ channels: Int, by change: Int) -> [Float] {
        let count = samples.count / channels
        let target = count + change
        guard count > 1, target > 1 else { return samples }
        let step = Double(count - 1) / Double(target - 1)
        var result: [Float] = []
        result.reserveCapacity(target * channels)
        for index in 0..<target {
            let place = Double(index) * step
            let left = min(Int(place), count - 1)
            for channel in 0..<channels {
                func sample(_ offset: Int) -> Float {
                    samples[min(max(left + offset, 0), count - 1) * channels + channel]
                }
                result.append(
                    SampleRing.interpolate(
                        sample(-1), sample(0), sample(1), sample(2), Float(place - Double(left))))
            }
        }
        return result
    }
}

import Display
import Media

let millisecond: Int64 = 1_000_000
let second: Int64 = 1_000_000_000

/// One participant who sends sound and pictures, simulated millisecond by millisecond.
///
/// Sound is 20 ms frames with a pulse of 10 ms at each whole second of capture time; pictures come 30 a
/// second, one of them at each whole second. The sound card asks every 10 ms, 20 ms ahead.
final class Meeting {
    static let videoTrack: UInt32 = 1
    static let audioTrack: UInt32 = 2

    let log = PlayoutLog()
    let playout: Playout
    let start = MonotonicTime(nanoseconds: 1_000 * second)
    private(set) var now: MonotonicTime
    /// How long after its end sound is decoded, and after its capture a picture; `nil`: nothing was sent.
    var audioLateness: (_ frame: Int) -> Int64? = { _ in 5 * millisecond }
    var videoLateness: (_ frame: Int) -> Int64? = { _ in 20 * millisecond }
    /// By how much the sender's sound card is too slow, parts of a million.
    var drift = 0.0
    /// Frames of sound and of pictures sent so far.
    private(set) var audioFrames = 0
    private(set) var videoFrames = 0
    private var audioQueue: [(arrival: MonotonicTime, frame: AudioFrame)] = []
    private var videoQueue: [(arrival: MonotonicTime, frame: VideoFrame)] = []
    /// The sum that left the mixer last.
    private(set) var block = [Float](repeating: 0, count: 960)
    private let buffer = PixelBuffer(format: .gray, width: 2, height: 2)

    init(configuration: PlayoutConfiguration = PlayoutConfiguration(), video: Bool = true, audio: Bool = true)
    {
        playout = Playout(configuration: configuration, observer: log)
        now = start
        playout.addParticipant("ann", name: "Ann")
        if video { playout.addVideoTrack(Self.videoTrack, participant: "ann", at: start) }
        if audio {
            playout.addAudioTrack(
                Self.audioTrack, participant: "ann", sampleRate: 48_000, channels: 1, at: start)
        }
    }

    var delay: Int64 { playout.delay(ofParticipant: "ann") ?? -1 }
    var audio: TrackPlayoutStatistics? { playout.statistics(ofTrack: Self.audioTrack) }
    var video: TrackPlayoutStatistics? { playout.statistics(ofTrack: Self.videoTrack) }

    func run(milliseconds: Int) {
        for _ in 0..<milliseconds {
            capture()
            deliver()
            _ = playout.presentDue(now: now)
            if (now - start) % (10 * millisecond) == 0 {
                block.withUnsafeMutableBufferPointer {
                    playout.mix(into: $0, channels: 2, now: now, audibleAt: now + 20 * millisecond)
                }
            }
            now = now + millisecond
        }
    }

    func picture(at time: MonotonicTime) -> VideoFrame {
        VideoFrame(format: .gray, width: 2, height: 2, range: .full, time: time, buffer: buffer)
    }

    func sound(at time: MonotonicTime, samples: Int = 960, value: Float = 0.5) -> AudioFrame {
        AudioFrame(
            sampleRate: 48_000, channels: 1, time: time, samples: [Float](repeating: value, count: samples))
    }

    private func capture() {
        while true {
            let begin = start + Int64(Double(audioFrames) * 20e6 * (1 + drift / 1e6))
            guard begin + 20 * millisecond <= now else { break }
            if let lateness = audioLateness(audioFrames) {
                let arrival = max(begin + 20 * millisecond + lateness, audioQueue.last?.arrival ?? start)
                audioQueue.append((arrival, pulseFrame(at: begin)))
            }
            audioFrames += 1
        }
        while true {
            let time = start + Int64(videoFrames) * second / 30
            guard time <= now else { break }
            if let lateness = videoLateness(videoFrames) {
                let arrival = max(time + lateness, videoQueue.last?.arrival ?? start)
                videoQueue.append((arrival, picture(at: time)))
            }
            videoFrames += 1
        }
    }

    private func pulseFrame(at time: MonotonicTime) -> AudioFrame {
        var frame = sound(at: time, value: 0)
        for index in frame.samples.indices {
            let instant = time + Int64(Double(index) * 1e9 / 48_000 * (1 + drift / 1e6))
            if instant.nanoseconds % second < 10 * millisecond { frame.samples[index] = 0.5 }
        }
        return frame
    }

    private func deliver() {
        while let next = audioQueue.first, next.arrival <= now {
            playout.push(next.frame, track: Self.audioTrack, ready: now)
            audioQueue.removeFirst()
        }
        while let next = videoQueue.first, next.arrival <= now {
            playout.push(next.frame, track: Self.videoTrack, ready: now)
            videoQueue.removeFirst()
        }
    }
}

/// The same numbers on every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var mixed = state
        mixed = (mixed ^ (mixed >> 33)) &* 0xff51_afd7_ed55_8ccd
        return mixed ^ (mixed >> 29)
    }
}

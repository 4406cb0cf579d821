import Media

/// Where frames begin to differ from golden ones.
public struct GoldenDifference: Sendable, Hashable {
    /// The first frame that differs.
    public enum First: Sendable, Hashable {
        /// It looks or sounds otherwise.
        case hash(was: String, now: String)
        /// It looks or sounds the same, at another time.
        case time(was: String, now: String)
        /// It is not there any more.
        case missing
        /// It was not there before.
        case added
    }

    /// Index of the stream.
    public var stream: Int
    /// Whether it is sound.
    public var isSound: Bool
    /// Number of the frame in its stream, from 0.
    public var number: Int
    /// Its presentation time in seconds, where known: the golden one where there is one.
    public var seconds: Double?
    /// What is different about it.
    public var first: First
    /// How many frames of all streams differ.
    public var count: Int
    /// How many frames of all streams there were.
    public var total: Int
    /// Whether nothing but samples of sound differ: all frames are there, at their times, and all pictures are the same.
    public var isInSamplesOfSoundOnly: Bool

    /// What is different between golden frames and those of today; `nil` where nothing is.
    public static func find(was golden: GoldenFrames, now frames: GoldenFrames) -> GoldenDifference? {
        let (was, now) = (byStream(golden.frames), byStream(frames.frames))
        var first: GoldenDifference?
        var count = 0
        var isInSamplesOfSoundOnly = true
        for stream in Set(was.keys).union(now.keys).sorted() {
            let (old, new) = (was[stream] ?? [], now[stream] ?? [])
            let isSound = (golden.streams[stream] ?? frames.streams[stream] ?? "").hasPrefix("audio")
            for number in 0..<max(old.count, new.count) {
                let pair = (number < old.count ? old[number] : nil, number < new.count ? new[number] : nil)
                guard let change = change(pair) else { continue }
                count += 1
                if !isSound || !isInSamplesOnly(pair) { isInSamplesOfSoundOnly = false }
                let place = pair.0 ?? pair.1
                if first.map({ isEarlier(place, than: $0) }) ?? true {
                    first = GoldenDifference(
                        stream: stream, isSound: isSound, number: number,
                        seconds: place?.time.map { Double($0) / 1e6 }, first: change, count: 0,
                        total: golden.frames.count, isInSamplesOfSoundOnly: false)
                }
            }
        }
        first?.count = count
        // What the streams are called says how their samples lie.
        first?.isInSamplesOfSoundOnly = isInSamplesOfSoundOnly && golden.streams == frames.streams
        return first
    }

    private static func byStream(_ frames: [GoldenFrame]) -> [Int: [GoldenFrame]] {
        Dictionary(grouping: frames, by: \.stream)
    }

    private static func isEarlier(_ frame: GoldenFrame?, than other: GoldenDifference) -> Bool {
        guard let seconds = frame?.time.map({ Double($0) / 1e6 }), let otherSeconds = other.seconds else {
            return false
        }
        return seconds < otherSeconds
    }

    private static func isInSamplesOnly(_ pair: (GoldenFrame?, GoldenFrame?)) -> Bool {
        if let was = pair.0, let now = pair.1 { was.time == now.time } else { false }
    }

    private static func change(_ pair: (GoldenFrame?, GoldenFrame?)) -> First? {
        switch pair {
        case (let was?, let now?):
            if was.hash != now.hash { return .hash(was: was.hash, now: now.hash) }
            return was.time == now.time ? nil : .time(was: was.timeText, now: now.timeText)
        case (nil, _?): return .added
        case (_?, nil): return .missing
        case (nil, nil): return nil
        }
    }
}

extension GoldenDifference: CustomStringConvertible {
    /// `picture 12 of stream 0 at 0.480 s was 1c…, is 9f… (13 of 50 frames differ)`
    public var description: String {
        let place = seconds.map { " at \(DecimalText.fixed($0, digits: 3)) s" } ?? ""
        let what = "\(isSound ? "sound" : "picture") \(number) of stream \(stream)\(place)"
        let change =
            switch first {
            case .hash(let was, let now): "was \(was), is \(now)"
            case .time(let was, let now): "is the same, but was at \(was) s and is at \(now) s"
            case .missing: "is missing"
            case .added: "was not there"
            }
        return "\(what) \(change) (\(count) of \(total) frames differ)"
    }
}

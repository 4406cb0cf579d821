/// When the pictures and sounds of one track of a file were captured, on the meeting's time line.
///
/// The publisher said every few seconds which time stamp was at which instant. Between two such points time runs
/// evenly; before the first and behind the last, as fast as the publisher's clock. That is how the drift between the
/// clocks of several participants is taken out.
///
/// A clock that stood still (a machine that slept) or was set differs from that by more than any drift. There the line is
/// broken: what comes before the second point keeps the pace of the first, since a publisher makes a statement directly
/// behind a step (PROTOCOL.md).
public struct ClockMap: Sendable, Hashable {
    /// One statement of the publisher's.
    public struct Point: Sendable, Hashable {
        /// Nanoseconds of the file.
        public var media: Int64
        /// Nanoseconds from the meeting's start.
        public var meeting: Int64

        /// A point from its two times.
        public init(media: Int64, meeting: Int64) {
            self.media = media
            self.meeting = meeting
        }
    }

    /// In order, both times strictly increasing; never empty.
    private let points: [Point]
    /// Beyond this, nanoseconds, a time is nonsense: about 36 years. Times that are asked for stop there.
    private static let saneTime: UInt64 = 1 << 60
    /// Two points that differ by more than so many nanoseconds from an even pace, and by more than this share of their distance,
    /// have a step between them. Quartzes differ by one in 5,000, and a bad network's estimate by some milliseconds.
    private static let (leastStep, stepShare): (UInt64, UInt64) = (150_000_000, 200)
    /// Nanoseconds of the meeting behind which nothing can have been captured.
    private let latest: Int64

    /// A map through `points`, in any order. Those that make no sense, or run backwards, are left out; where none is
    /// left, the file's time 0 is at `start` nanoseconds.
    /// - Parameter latest: nanoseconds of the meeting that nothing goes beyond.
    public init(points: [Point], start: Int64, latest: Int64? = nil) {
        self.latest = latest ?? Int64(Self.saneTime) * 2
        var kept: [Point] = []
        for point in points.sorted(by: { ($0.media, $0.meeting) < ($1.media, $1.meeting) }) {
            guard point.media.magnitude < Self.saneTime, point.meeting.magnitude < Self.saneTime else {
                continue
            }
            if let last = kept.last, point.media <= last.media || point.meeting <= last.meeting { continue }
            kept.append(point)
        }
        let sane = start.magnitude < Self.saneTime ? start : 0
        self.points = kept.isEmpty ? [Point(media: 0, meeting: sane)] : kept
    }

    /// Nanoseconds from the meeting's start for nanoseconds of the file.
    public func meetingTime(ofMedia time: Int64) -> Int64 {
        min(convert(time, from: \.media, to: \.meeting), latest)
    }

    /// Nanoseconds of the file for nanoseconds from the meeting's start.
    public func mediaTime(ofMeeting time: Int64) -> Int64 { convert(time, from: \.meeting, to: \.media) }

    private func convert(_ time: Int64, from: KeyPath<Point, Int64>, to: KeyPath<Point, Int64>) -> Int64 {
        let time = min(max(time, -Int64(Self.saneTime)), Int64(Self.saneTime))
        // The number of points that are not later.
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if points[middle][keyPath: from] <= time { low = middle + 1 } else { high = middle }
        }
        let left = points[max(0, low - 1)]
        let distance = time &- left[keyPath: from]
        guard low > 0, low < points.count else { return left[keyPath: to] &+ distance }
        let right = points[low]
        let (length, image) = (
            right[keyPath: from] - left[keyPath: from], right[keyPath: to] - left[keyPath: to]
        )
        let difference = (image - length).magnitude
        if difference > Self.leastStep, difference > length.magnitude / Self.stepShare {
            return min(left[keyPath: to] + distance, right[keyPath: to])
        }
        return left[keyPath: to] + Int64(Double(distance) * (Double(image) / Double(length)))
    }
}

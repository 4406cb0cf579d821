import Container
import Testing

@Suite struct TimeContinuityTests {
    private static let second: Int64 = 1_000_000_000
    private static let picture: Int64 = 40_000_000
    private static let sound: Int64 = 20_000_000

    private var continuity = TimeContinuity()
    private var joints: [TimeContinuity.Joint] = []
    private var times: [Int: [Int64]] = [:]

    /// Takes a packet of a stream: 0 is video, 1 audio.
    private mutating func take(_ stream: Int, _ time: Int64, isOrdered: Bool = true) {
        let stamp = TimeContinuity.Stamp(
            time: time, duration: stream == 0 ? Self.picture : Self.sound, isOrdered: isOrdered)
        let (offset, joint) = continuity.take(stream: stream, stamp)
        times[stream, default: []].append(time + offset)
        if let joint { joints.append(joint) }
    }

    private mutating func run(_ stream: Int, _ start: Int64, _ count: Int) {
        let step = stream == 0 ? Self.picture : Self.sound
        for index in 0..<count { take(stream, start + Int64(index) * step) }
    }

    private func steps(_ stream: Int) -> [Int64] {
        let times = times[stream] ?? []
        return zip(times.dropFirst(), times).map { $0 - $1 }
    }

    @Test mutating func aStepBackIsAJointAndBothStreamsStayTogether() {
        run(0, 0, 50)
        run(1, 0, 80)
        // The demuxer hands out the last audio from before the joint behind the first pictures after it.
        run(0, 0, 10)
        run(1, 80 * Self.sound, 20)
        run(1, 0, 50)
        run(0, 10 * Self.picture, 40)
        #expect(joints == [.init(time: 2 * Self.second, jump: -2 * Self.second)])
        #expect(steps(0).allSatisfy { $0 == Self.picture })
        #expect(steps(1).allSatisfy { $0 == Self.sound })
        #expect(times[0]?.last == 4 * Self.second - Self.picture)
    }

    @Test mutating func jitterAndGapsAreNoJoints() {
        run(0, 0, 25)
        take(0, Self.second - 90_000_000)
        take(0, 9 * Self.second)
        #expect(joints.isEmpty)
        #expect(times[0]?.last == 9 * Self.second)
    }

    @Test mutating func aJumpOfMoreThanTenSecondsIsAJoint() {
        run(0, 0, 25)
        run(1, 0, 50)
        run(0, 3600 * Self.second, 25)
        run(1, 3600 * Self.second, 50)
        run(0, 5 * Self.second, 25)
        run(1, 5 * Self.second, 50)
        #expect(joints.map(\.time) == [Self.second, 2 * Self.second])
        #expect(steps(0).allSatisfy { $0 == Self.picture } && steps(1).allSatisfy { $0 == Self.sound })
    }

    @Test mutating func presentationTimesOfReorderedPicturesGoBackWithoutAJoint() {
        for time in [0, 400, 200, 120, 320, 600, 440] { take(0, Int64(time) * 1_000_000, isOrdered: false) }
        #expect(joints.isEmpty)
    }

    /// One stream ends earlier than the other: nothing of the longer one overlaps what follows.
    @Test mutating func whatFollowsAJointBeginsWhereAllHasEnded() {
        run(0, 0, 50)
        run(1, 0, 115)
        run(0, 0, 50)
        run(1, 0, 100)
        #expect(joints == [.init(time: 115 * Self.sound, jump: -2 * Self.second)])
        #expect(times[0]?[50] == 115 * Self.sound && times[1]?[115] == 115 * Self.sound)
    }

    /// The first picture is decoded 80 ms before it is shown: what is heard at that time follows the audio before the joint.
    @Test func reorderedPicturesAreShownWhereAllHasEnded() {
        var continuity = TimeContinuity()
        let delay = 2 * Self.picture
        func take(_ stream: Int, _ time: Int64, _ duration: Int64, _ delay: Int64) -> Int64 {
            time
                + continuity.take(
                    stream: stream, .init(time: time, duration: duration, isOrdered: true, delay: delay)
                ).offset
        }
        for index in 0..<50 { _ = take(0, Int64(index) * Self.picture - delay, Self.picture, delay) }
        for index in 0..<101 { _ = take(1, Int64(index) * Self.sound, Self.sound, 0) }
        #expect(take(0, -delay, Self.picture, delay) + delay == 101 * Self.sound)
        #expect(take(1, 0, Self.sound, 0) == 101 * Self.sound)
    }

    /// Damaged files: any number.
    @Test mutating func noTimeStampTraps() {
        let extremes: [Int64] = [.min, .max, 0, .min + 1, .max - 1, -1, 1 << 62, -(1 << 62)]
        for first in extremes {
            for second in extremes {
                for stream in 0...1 {
                    let stamp = TimeContinuity.Stamp(time: first, duration: second, isOrdered: stream == 0)
                    _ = continuity.take(stream: stream, stamp)
                    _ = continuity.take(
                        stream: stream, .init(time: second, duration: first, isOrdered: stream == 1))
                }
            }
        }
        #expect(continuity.count > 0)
    }
}

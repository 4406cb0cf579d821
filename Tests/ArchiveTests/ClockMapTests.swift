import Archive
import Testing

/// Where a file's times lie on the meeting's time line.
@Suite("Clock map")
struct ClockMapTests {
    private static let second: Int64 = 1_000_000_000

    @Test func withoutStatementsTheFileRunsFromItsBeginning() {
        let map = ClockMap(points: [], start: 3 * Self.second)
        #expect(map.meetingTime(ofMedia: 0) == 3 * Self.second)
        #expect(map.meetingTime(ofMedia: 5 * Self.second) == 8 * Self.second)
        #expect(map.mediaTime(ofMeeting: 8 * Self.second) == 5 * Self.second)
    }

    /// A clock that is 200 ppm fast, said every five seconds, for an hour.
    @Test func driftIsTakenOutBetweenStatements() {
        let points = stride(from: Int64(0), through: 3600, by: 5).map { seconds in
            ClockMap.Point(media: seconds * 1_000_200_000, meeting: seconds * Self.second + 70)
        }
        let map = ClockMap(points: points, start: 0)
        for seconds in stride(from: Int64(1), through: 3600, by: 7) {
            let media = seconds * 1_000_200_000
            #expect(abs(map.meetingTime(ofMedia: media) - (seconds * Self.second + 70)) <= 1)
            #expect(abs(map.mediaTime(ofMeeting: map.meetingTime(ofMedia: media)) - media) <= 1)
        }
    }

    @Test func outsideOfTheStatementsTimeRunsEvenly() {
        let map = ClockMap(
            points: [
                .init(media: 10 * Self.second, meeting: 20 * Self.second),
                .init(media: 20 * Self.second, meeting: 30 * Self.second + 40),
            ],
            start: 0)
        #expect(map.meetingTime(ofMedia: 9 * Self.second) == 19 * Self.second)
        #expect(map.meetingTime(ofMedia: 15 * Self.second) == 25 * Self.second + 20)
        #expect(map.meetingTime(ofMedia: 21 * Self.second) == 31 * Self.second + 40)
    }

    @Test func nonsenseAndStepsBackAreLeftOut() {
        let map = ClockMap(
            points: [
                .init(media: 5, meeting: 105), .init(media: 5, meeting: 200), .init(media: 9, meeting: 50),
                .init(media: .max, meeting: .max), .init(media: .min, meeting: 0),
                .init(media: 15, meeting: 115),
            ], start: 0)
        #expect([0, 5, 9, 15, 30].map { map.meetingTime(ofMedia: $0) } == [100, 105, 109, 115, 130])
        _ = map.meetingTime(ofMedia: .max)
        _ = map.mediaTime(ofMeeting: .min)
        #expect(ClockMap(points: [], start: .max).meetingTime(ofMedia: 7) == 7)
    }

    private func map(_ seconds: [(media: Int64, meeting: Int64)], latest: Int64? = nil) -> ClockMap {
        ClockMap(
            points: seconds.map { .init(media: $0.media * Self.second, meeting: $0.meeting * Self.second) },
            start: 0, latest: latest)
    }

    /// A laptop slept for twelve seconds: its clock stood still, and it said so directly behind that.
    @Test func aStepIsNotSpreadOverTheTimeBeforeIt() {
        let map = map([(0, 0), (5, 5), (7, 19), (10, 22)])
        let tenths = [(0, 0), (50, 50), (69, 69), (70, 190), (100, 220), (110, 230)] as [(Int64, Int64)]
        for (media, meeting) in tenths {
            #expect(map.meetingTime(ofMedia: media * Self.second / 10) == meeting * Self.second / 10)
            #expect(map.mediaTime(ofMeeting: meeting * Self.second / 10) == media * Self.second / 10)
        }
        #expect(map.mediaTime(ofMeeting: 12 * Self.second) == 7 * Self.second, "nothing was captured then")
    }

    /// Its time stamps went on two hours later.
    @Test func timeStampsThatJumpLeaveWhatWasBeforeThemWhereItWas() {
        let map = map([(0, 0), (7203, 3), (7208, 8)])
        #expect(map.meetingTime(ofMedia: 2 * Self.second) == 2 * Self.second)
        #expect(map.meetingTime(ofMedia: 100 * Self.second) == 3 * Self.second)
        #expect(map.meetingTime(ofMedia: 7205 * Self.second) == 5 * Self.second)
    }

    @Test func nothingIsCapturedAfterItCame() {
        let map = map([(0, 0)], latest: 20 * Self.second)
        #expect(map.meetingTime(ofMedia: 19 * Self.second) == 19 * Self.second)
        #expect(map.meetingTime(ofMedia: 1_000_000 * Self.second) == 20 * Self.second)
    }
}

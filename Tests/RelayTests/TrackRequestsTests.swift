import Client
import Media
import Testing
import Wire

@Suite("Requests about tracks")
struct TrackRequestsTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func take(_ requests: inout TrackRequests, after seconds: Double = 0) -> [ClientMessage] {
        requests.take(now: Self.start + Int64(seconds * 1e9)) { $0 }
    }

    private func tracks(_ numbers: Range<UInt32>) -> [TrackID] { numbers.map { TrackID(rawValue: $0) } }

    @Test func aWishIsSentAtOnceAndOnce() {
        var requests = TrackRequests()
        requests.want(tracks(1..<3), maximumHeight: 360)
        #expect(take(&requests) == [.subscribe(tracks: tracks(1..<3), maximumHeight: 360)])
        #expect(requests.isEmpty)
        #expect(take(&requests).isEmpty)
    }

    @Test func aRoomThatChangesAllTheTimeIsAskedNoMoreThanAServerTakes() {
        var requests = TrackRequests()
        var (sent, subscribed, keyframes) = (0, 0, 0)
        func send(after seconds: Double) {
            for message in take(&requests, after: seconds) {
                sent += 1
                switch message {
                case .subscribe(let tracks, _): subscribed += tracks?.count ?? 0
                case .keyframe: keyframes += 1
                default: Issue.record("\(message) was not asked for")
                }
            }
        }
        for millisecond in 0..<10_000 as Range<UInt32> {
            requests.want(tracks(millisecond..<millisecond + 1), maximumHeight: 90)
            requests.wantKeyframe(TrackID(rawValue: millisecond))
            send(after: Double(millisecond) / 1000)
        }
        #expect(sent > 500)
        #expect(sent <= 200 + 10 * 50)
        // What had to wait goes together, and nothing is forgotten.
        for second in 11..<300 { send(after: Double(second)) }
        #expect(requests.isEmpty)
        #expect(subscribed == 10_000)
        #expect(keyframes == 10_000)
    }

    @Test func theLastWishCounts() {
        var requests = TrackRequests()
        let track = tracks(7..<8)
        requests.want(track, maximumHeight: 90)
        requests.refuse(track)
        #expect(take(&requests) == [.unsubscribe(tracks: track)])
        requests.refuse(track)
        requests.want(track, maximumHeight: nil)
        #expect(take(&requests) == [.subscribe(tracks: track, maximumHeight: nil)])
    }

    @Test func ofATrackThatIsGoneNothingIsAsked() {
        var requests = TrackRequests()
        requests.want(tracks(7..<8), maximumHeight: nil)
        requests.wantKeyframe(TrackID(rawValue: 7))
        requests.forget(TrackID(rawValue: 7))
        #expect(requests.isEmpty)
    }
}

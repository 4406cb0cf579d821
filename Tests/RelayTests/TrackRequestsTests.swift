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
        var sent = 0
        for millisecond in 0..<10_000 as Range<UInt32> {
            requests.want(tracks(millisecond..<millisecond + 1), maximumHeight: 90)
            requests.wantKeyframe(TrackID(rawValue: millisecond))
            sent += take(&requests, after: Double(millisecond) / 1000).count
        }
        #expect(sent > 500)
        #expect(sent <= 200 + 10 * 50)
        // What had to wait goes together: no track is forgotten.
        var subscribed = 0
        for second in 11..<300 {
            for case .subscribe(let tracks, _) in take(&requests, after: Double(second)) {
                subscribed += tracks?.count ?? 0
            }
        }
        #expect(requests.isEmpty)
        #expect(subscribed > 5000)
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

package import Media

/// The offset from this machine's monotonic clock to the server's, from pings.
///
/// Of the last samples the one with the least round trip counts, because half of its round trip bounds its error.
/// Pure: times are given.
package struct ServerClock: Sendable {
    private struct Sample {
        let roundTrip: Int64
        let offset: Int64
    }

    private static let window = 8
    private var samples: [Sample] = []

    /// No sample yet.
    package init() {}

    /// Whether there is a sample.
    package var isSynchronised: Bool { !samples.isEmpty }

    /// The round trip of the sample that counts, in microseconds.
    package var roundTrip: Int64 { best?.roundTrip ?? 0 }

    /// What to add to this machine's time to get the server's, in microseconds.
    package var offset: Int64 { best?.offset ?? 0 }

    /// Takes the answer to a ping: sent and received by this machine's clock, stamped by the server's, microseconds.
    package mutating func add(sent: Int64, received: Int64, server: Int64) {
        let roundTrip = received - sent
        guard sent >= 0, roundTrip >= 0 else { return }
        samples.append(Sample(roundTrip: roundTrip, offset: server - (sent + roundTrip / 2)))
        if samples.count > Self.window { samples.removeFirst() }
    }

    /// The server's time at a local instant, in microseconds.
    package func serverTime(at time: MonotonicTime) -> Int64 { time.nanoseconds / 1000 + offset }

    /// The local instant of a server time in microseconds. Wraps instead of trapping on absurd times.
    package func localTime(ofServer time: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: (time &- offset) &* 1000)
    }

    private var best: Sample? { samples.min { $0.roundTrip < $1.roundTrip } }
}

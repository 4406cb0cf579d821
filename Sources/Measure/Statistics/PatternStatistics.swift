/// What the test pattern in a track says: which pictures came, which are missing, how late they were.
package struct PatternStatistics: Sendable {
    package private(set) var firstIndex: UInt32?
    package private(set) var lastIndex: UInt32?
    /// Pictures whose pattern was read, of this run of indices.
    private var seen = 0
    private var missingBefore = 0
    private var isStartingAgain = false
    /// Pictures that were taken before this viewer joined: they came from the server's cache.
    package private(set) var caughtUp = 0
    package private(set) var repeated = 0
    package private(set) var latency = LatencySamples()

    /// Nothing read yet.
    package init() {}

    /// The track was not sent for a time: what it lacks then is not missing.
    package mutating func startAgain() { isStartingAgain = lastIndex != nil }

    /// Counts one picture.
    /// - Parameters:
    ///   - now: this machine's wall clock, milliseconds of the Unix epoch.
    ///   - joined: the same, when this viewer asked for the track.
    package mutating func add(_ reading: TestPatternReader.Reading, now: Int64, joined: Int64) {
        let age = Double(Int32(truncatingIfNeeded: now &- Int64(reading.time)))
        let sinceJoin = Int32(truncatingIfNeeded: now &- joined)
        if age > Double(sinceJoin) { caughtUp += 1 } else { latency.add(age) }
        guard let last = lastIndex else {
            firstIndex = reading.index
            lastIndex = reading.index
            seen = 1
            return
        }
        if isStartingAgain {
            isStartingAgain = false
            begin(reading)
        } else if reading.index == last {
            repeated += 1
        } else if reading.index > last {
            lastIndex = reading.index
            seen += 1
        } else {
            // The publisher began anew.
            begin(reading)
        }
    }

    private mutating func begin(_ reading: TestPatternReader.Reading) {
        missingBefore = missing
        firstIndex = reading.index
        lastIndex = reading.index
        seen = 1
    }

    /// Indices between the first and the last that never came.
    package var missing: Int {
        guard let first = firstIndex, let last = lastIndex else { return missingBefore }
        return missingBefore + Int(last - first) + 1 - seen
    }
}

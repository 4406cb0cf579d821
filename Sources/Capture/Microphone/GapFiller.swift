public import Media

/// Keeps the number of samples and the capture clock together where a device loses sound.
///
/// A sound card's time stamps can look continuous although it lost half a second: only the number of samples
/// that came, held against the clock, shows it. Sound that is missing for good is replaced by as much
/// silence. The card's own clock, which is a little fast or slow (a few hundred ppm at most), is followed
/// instead: that moves the times of samples by microseconds, and puts no clicks into the sound.
///
/// The measure is the offset from the clock of the samples to the clock of their arrival. It is true only for
/// sound that had to be waited for (`isFresh`); what lay ready can have lain there for long. Pure: it sees no
/// device and no clock.
public struct GapFiller: Sendable {
    /// Less than this is not missing: it is jitter of the arrival, nanoseconds.
    public static let tolerance: Int64 = 20_000_000
    /// How long sound must stay late until it counts as missing, nanoseconds: late sound may still come in
    /// one go.
    public static let confirmation: Int64 = 100_000_000
    /// How many arrivals must be late.
    private static let confirmingArrivals = 3
    /// Each arrival moves the offset by this part of its difference: later ones little, because most are late
    /// by jitter; earlier ones more, because none can be early by it.
    private static let slowerShare: Int64 = 64
    private static let fasterShare: Int64 = 8

    private struct Delay {
        var since: MonotonicTime
        var arrivals: Int
        var least: Int64
    }

    private let sampleRate: Int64
    /// Samples of one channel so far, silence included.
    public private(set) var position: Int64 = 0
    /// Silence so far, samples of one channel.
    public private(set) var filledSamples: Int64 = 0
    /// Smoothed instant of sample 0, nanoseconds.
    private var offset: Int64?
    private var delay: Delay?

    /// A filler for sound of that rate.
    public init(sampleRate: Int) {
        precondition(sampleRate > 0, "sound has a rate")
        self.sampleRate = Int64(sampleRate)
    }

    /// Counts `samples` (of one channel) whose last one arrived at `arrival`.
    ///
    /// - Parameter isFresh: the sound was not there yet when it was first asked for.
    /// - Returns: how many samples of silence belong before them.
    public mutating func accept(_ samples: Int, arrival: MonotonicTime, isFresh: Bool) -> Int {
        let measured = arrival.nanoseconds - nanoseconds(position + Int64(samples))
        let filled = missing(measured, arrival, isFresh)
        if filled == 0 { follow(measured, samples, isFresh) }
        position += filled + Int64(samples)
        filledSamples += filled
        return Int(filled)
    }

    /// The instant at which the sample of that index was taken; silence counts as samples.
    public func time(ofSample index: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: (offset ?? 0) + nanoseconds(index))
    }

    private mutating func missing(_ measured: Int64, _ arrival: MonotonicTime, _ isFresh: Bool) -> Int64 {
        guard let offset, measured - offset >= Self.tolerance else {
            delay = nil
            return 0
        }
        guard isFresh else { return 0 }
        var run = delay ?? Delay(since: arrival, arrivals: 0, least: .max)
        run.arrivals += 1
        run.least = min(run.least, measured - offset)
        delay = run
        guard run.arrivals >= Self.confirmingArrivals, arrival - run.since >= Self.confirmation else {
            return 0
        }
        delay = nil
        return run.least / 1_000_000_000 * sampleRate + run.least % 1_000_000_000 * sampleRate / 1_000_000_000
    }

    private mutating func follow(_ measured: Int64, _ samples: Int, _ isFresh: Bool) {
        guard let current = offset else {
            offset = measured
            return
        }
        let difference = measured - current
        if difference < 0 {
            // At most half of what the samples last, so that time never runs backwards.
            offset = current + max(difference / Self.fasterShare, -nanoseconds(Int64(samples)) / 2)
        } else if isFresh, difference < Self.tolerance {
            offset = current + difference / Self.slowerShare
        }
    }

    private func nanoseconds(_ samples: Int64) -> Int64 {
        samples / sampleRate * 1_000_000_000 + samples % sampleRate * 1_000_000_000 / sampleRate
    }
}

import CoreMetrics
import Synchronization

/// What counts for one time series. May be used from any thread.
protocol Instrument: AnyObject, Sendable {
    /// The kind of its family.
    var kind: MetricFamily.Kind { get }
    /// Its values now.
    func samples(labels: [MetricFamily.Label]) -> [MetricFamily.Sample]
}

/// Counts whole numbers; never falls.
final class CounterInstrument: Instrument, CounterHandler {
    private let value = Atomic<Int64>(0)

    var kind: MetricFamily.Kind { .counter }

    func increment(by amount: Int64) {
        if amount > 0 { value.wrappingAdd(amount, ordering: .relaxed) }
    }

    func reset() { value.store(0, ordering: .relaxed) }

    func samples(labels: [MetricFamily.Label]) -> [MetricFamily.Sample] {
        [.init(labels: labels, value: Double(value.load(ordering: .relaxed)))]
    }
}

/// Counts fractions; never falls.
final class FloatingCounterInstrument: Instrument, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    var kind: MetricFamily.Kind { .counter }

    func increment(by amount: Double) {
        if amount > 0, amount.isFinite { value.withLock { $0 += amount } }
    }

    func reset() { value.withLock { $0 = 0 } }

    func samples(labels: [MetricFamily.Label]) -> [MetricFamily.Sample] {
        [.init(labels: labels, value: value.withLock { $0 })]
    }
}

/// Says what is at the moment.
final class GaugeInstrument: Instrument, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    var kind: MetricFamily.Kind { .gauge }

    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ new: Int64) { set(Double(new)) }
    func record(_ new: Double) { set(new) }

    func samples(labels: [MetricFamily.Label]) -> [MetricFamily.Sample] {
        [.init(labels: labels, value: value.withLock { $0 })]
    }
}

/// Counts values by buckets. Timers count seconds.
final class HistogramInstrument: Instrument, RecorderHandler, TimerHandler {
    private struct State {
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    var kind: MetricFamily.Kind { .histogram }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func preferDisplayUnit(_ unit: TimeUnit) {}

    func samples(labels: [MetricFamily.Label]) -> [MetricFamily.Sample] {
        state.withLock { state in
            MetricFamily.histogram(bounds: bounds, counts: state.counts, sum: state.sum, labels: labels)
        }
    }
}

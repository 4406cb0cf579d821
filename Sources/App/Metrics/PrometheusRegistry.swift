package import CoreMetrics
import Synchronization

/// Keeps what is counted through swift-metrics, for scrapes.
///
/// May be used from any thread. It holds a bounded number of time series: what is asked for beyond is not kept, because
/// a label that takes any value must not fill the memory. An instrument lives as long as the registry.
package final class PrometheusRegistry: MetricsFactory {
    private struct Key: Hashable {
        let name: String
        let labels: [MetricFamily.Label]
    }

    private struct State {
        var instruments: [Key: any Instrument] = [:]
        var order: [Key] = []
    }

    /// What a family means, and the buckets of a histogram.
    package struct Description: Sendable {
        let help: String
        let bounds: [Double]

        /// A description; `bounds` are the upper bounds of a histogram's buckets, ascending.
        package init(_ help: String, bounds: [Double] = []) {
            self.help = help
            self.bounds = bounds
        }
    }

    private let descriptions: [String: Description]
    private let maximumSeries: Int
    private let state = Mutex(State())
    /// Seconds; for timers and distributions of which nothing else is known.
    private static let standardBounds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// An empty registry. Families that are not described have no help text.
    package init(descriptions: [String: Description] = [:], maximumSeries: Int = 1000) {
        self.descriptions = descriptions
        self.maximumSeries = maximumSeries
    }

    /// Everything that is kept, families in the order in which they came.
    func families() -> [MetricFamily] {
        let (order, instruments) = state.withLock { ($0.order, $0.instruments) }
        var families: [MetricFamily] = []
        var indices: [String: Int] = [:]
        for key in order {
            guard let instrument = instruments[key] else { continue }
            let samples = instrument.samples(labels: key.labels)
            if let index = indices[key.name] {
                families[index].samples += samples
            } else {
                indices[key.name] = families.count
                let help = descriptions[key.name]?.help ?? ""
                families.append(MetricFamily(key.name, help, instrument.kind, samples: samples))
            }
        }
        return families
    }

    /// The same as a scrape would get it.
    package var text: String { PrometheusText.encode(families()) }

    /// The instrument of that name, made where there is none; `nil` where it is of another kind or one too many.
    private func instrument<Kind: Instrument>(
        _ label: String, _ dimensions: [(String, String)], _ make: (String) -> Kind
    ) -> Kind? {
        let name = PrometheusText.name(label)
        let labels = dimensions.map { MetricFamily.Label(name: PrometheusText.name($0.0), value: $0.1) }
        let key = Key(name: name, labels: labels)
        return state.withLock { state in
            if let known = state.instruments[key] { return known as? Kind }
            let sibling = state.order.first { $0.name == name }.flatMap { state.instruments[$0] }
            guard state.order.count < maximumSeries, sibling == nil || sibling is Kind else { return nil }
            let new = make(name)
            state.instruments[key] = new
            state.order.append(key)
            return new
        }
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramInstrument? {
        instrument(label, dimensions) { name in
            let bounds = descriptions[name]?.bounds ?? []
            return HistogramInstrument(bounds: bounds.isEmpty ? Self.standardBounds : bounds)
        }
    }

    // MARK: MetricsFactory

    /// A counter of whole numbers.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(label, dimensions) { _ in CounterInstrument() } ?? NOOPMetricsHandler.instance
    }

    /// A counter.
    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        instrument(label, dimensions) { _ in FloatingCounterInstrument() } ?? NOOPMetricsHandler.instance
    }

    /// A gauge.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(label, dimensions) { _ in GaugeInstrument() } ?? NOOPMetricsHandler.instance
    }

    /// A histogram, or a gauge where nothing shall be aggregated.
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else {
            return instrument(label, dimensions) { _ in GaugeInstrument() } ?? NOOPMetricsHandler.instance
        }
        return histogram(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    /// A histogram of seconds.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    /// Nothing: a counter that is gone would look like a restart.
    package func destroyCounter(_ handler: any CounterHandler) {}
    /// Nothing, see ``destroyCounter(_:)``.
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Nothing: the last value stays.
    package func destroyMeter(_ handler: any MeterHandler) {}
    /// Nothing, see ``destroyCounter(_:)``.
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Nothing, see ``destroyCounter(_:)``.
    package func destroyTimer(_ handler: any TimerHandler) {}
}

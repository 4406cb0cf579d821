import App
import CoreMetrics
import Testing

@Suite("Metrics")
struct MetricsTests {
    @Test func theTextIsPrometheusFormat() {
        let registry = PrometheusRegistry(descriptions: [
            "requests_total": .init("What came.\nAnd \\ went."),
            "wait_seconds": .init("Waiting.", bounds: [0.5, 1]),
        ])
        Counter(label: "requests_total", dimensions: [("path", "a\"b\\c\nd")], factory: registry).increment(
            by: 3)
        Counter(label: "requests_total", dimensions: [("path", "x")], factory: registry).increment()
        Meter(label: "depth", dimensions: [], factory: registry).set(-2.5)
        let wait = CoreMetrics.Timer(label: "wait_seconds", dimensions: [], factory: registry)
        wait.recordNanoseconds(250_000_000)
        wait.recordNanoseconds(1_000_000_000)
        wait.recordNanoseconds(3_000_000_000)
        #expect(
            registry.text == #"""
                # HELP requests_total What came.\nAnd \\ went.
                # TYPE requests_total counter
                requests_total{path="a\"b\\c\nd"} 3
                requests_total{path="x"} 1
                # HELP depth \#("")
                # TYPE depth gauge
                depth -2.5
                # HELP wait_seconds Waiting.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.5"} 1
                wait_seconds_bucket{le="1"} 2
                wait_seconds_bucket{le="+Inf"} 3
                wait_seconds_sum 4.25
                wait_seconds_count 3

                """#)
    }

    @Test func theSameNameAndLabelsAreOneTimeSeries() {
        let registry = PrometheusRegistry()
        for _ in 0..<5 { Counter(label: "a", dimensions: [("b", "c")], factory: registry).increment() }
        #expect(registry.text.contains("a{b=\"c\"} 5\n"))
    }

    @Test func namesThatPrometheusDoesNotKnowAreWrittenAnew() {
        let registry = PrometheusRegistry()
        Counter(label: "9.http-requests é", dimensions: [("a-b", "ü")], factory: registry).increment()
        #expect(registry.text.contains("_9_http_requests__{a_b=\"ü\"} 1\n"))
    }

    @Test func labelsWithoutEndDoNotFillTheMemory() {
        let registry = PrometheusRegistry(maximumSeries: 10)
        for index in 0..<1000 {
            Counter(label: "a", dimensions: [("b", "\(index)")], factory: registry).increment()
        }
        #expect(registry.text.split(separator: "\n").count { $0.hasPrefix("a{") } == 10)
    }

    @Test func oneNameIsOneKindOfMetric() {
        let registry = PrometheusRegistry()
        Counter(label: "a", dimensions: [], factory: registry).increment()
        Meter(label: "a", dimensions: [("b", "c")], factory: registry).set(7)
        #expect(registry.text.contains("# TYPE a counter\na 1\n"))
        #expect(!registry.text.contains("7"))
    }

    @Test func gaugesFollowTheirLastValueAndCountersNeverFall() {
        let registry = PrometheusRegistry()
        let gauge = Meter(label: "gauge", dimensions: [], factory: registry)
        gauge.set(5)
        gauge.increment(by: 2)
        gauge.decrement(by: 4)
        let counter = FloatingPointCounter(label: "counter", dimensions: [], factory: registry)
        counter.increment(by: 1.5)
        counter.increment(by: -1)
        counter.increment(by: Double.nan)
        #expect(registry.text.contains("\ngauge 3\n") && registry.text.contains("\ncounter 1.5\n"))
    }
}

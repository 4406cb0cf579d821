/// All time series of one name, as a scrape gets them.
struct MetricFamily: Sendable, Equatable {
    /// What kind of quantity it is, by Prometheus' words.
    enum Kind: String, Sendable {
        /// Only grows, until the process starts anew.
        case counter
        /// What is at the moment.
        case gauge
        /// How often values lay below each of some bounds.
        case histogram
    }

    /// One value.
    struct Sample: Sendable, Equatable {
        /// What follows the family's name: `_bucket`, `_sum` and `_count` of histograms, else nothing.
        var suffix = ""
        var labels: [Label] = []
        var value: Double
    }

    /// One label of a time series.
    struct Label: Sendable, Hashable {
        var name: String
        var value: String
    }

    var name: String
    var help: String
    var kind: Kind
    var samples: [Sample]

    init(_ name: String, _ help: String, _ kind: Kind, samples: [Sample]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }

    /// A family of one time series without labels.
    init(_ name: String, _ help: String, _ kind: Kind, _ value: some BinaryInteger) {
        self.init(name, help, kind, samples: [Sample(value: Double(value))])
    }

    /// A family with a time series for each value of one label.
    init(_ name: String, _ help: String, _ kind: Kind, by label: String, _ values: KeyValuePairs<String, Int>)
    {
        self.init(
            name, help, kind,
            samples: values.map {
                Sample(labels: [Label(name: label, value: $0.key)], value: Double($0.value))
            })
    }

    /// The samples of a histogram.
    ///
    /// - Parameters:
    ///   - bounds: upper bounds of the buckets, ascending, without infinity.
    ///   - counts: values in each bucket alone, and behind the last bound as the last.
    static func histogram(bounds: [Double], counts: [Int], sum: Double, labels: [Label] = []) -> [Sample] {
        var total = 0
        var samples: [Sample] = []
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
            samples.append(
                Sample(
                    suffix: "_bucket", labels: labels + [Label(name: "le", value: bound)],
                    value: Double(total)))
        }
        samples.append(Sample(suffix: "_sum", labels: labels, value: sum))
        samples.append(Sample(suffix: "_count", labels: labels, value: Double(total)))
        return samples
    }
}

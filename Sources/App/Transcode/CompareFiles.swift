import Media
import Transcode

/// `convene compare A B`: how much the pictures of two files differ.
public enum CompareFiles {
    /// Prints it.
    /// - Parameter metrics: names separated by commas; `nil` for all.
    /// - Throws: ``AppError``, also where SIGINT or SIGTERM ended it.
    @MainActor
    public static func run(
        _ reference: String, _ other: String, metrics: String?, from: Int64?, json: Bool, perFrame: Bool
    ) async throws {
        let wanted = try metrics.map(parse) ?? Metric.allCases
        try await Termination.run(after: nil) { termination in
            let comparison = try await BlockingWork.run("compare") {
                try Comparer.compare(
                    reference, other, metrics: Set(wanted), from: Double(from ?? 0) / 1e6,
                    isCancelled: { termination.isRequested })
            }
            if json {
                Output.line(try JSONText.encode(ComparisonReport(comparison, perFrame: perFrame)))
            } else {
                for line in lines(comparison, wanted, perFrame: perFrame) { Output.line(line) }
            }
        }
    }

    private static func parse(_ text: String) throws -> [Metric] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
            guard let metric = Metric(rawValue: String(name)) else {
                let names = Metric.allCases.map(\.rawValue).joined(separator: ", ")
                throw AppError("\(name) is no metric. Use \(names), or several with commas.", status: .usage)
            }
            return metric
        }
    }

    private static func lines(_ comparison: Comparison, _ metrics: [Metric], perFrame: Bool) -> [String] {
        var lines: [String] = []
        if perFrame {
            for index in 0..<comparison.frames {
                let values = metrics.compactMap { metric in
                    comparison.measures[metric].map {
                        "\(metric.rawValue) \(text($0.perFrame[index], metric))"
                    }
                }
                lines.append("\(index)  \(values.joined(separator: "  "))")
            }
        }
        lines.append("\(comparison.frames) pictures compared")
        for metric in metrics {
            guard let measure = comparison.measures[metric] else { continue }
            lines.append(
                "\(metric.rawValue)  average \(text(measure.average, metric)), worst \(text(measure.minimum, metric))"
                    + " at \(DecimalText.seconds(measure.minimumAt))")
        }
        return lines + comparison.notes
    }

    private static func text(_ value: Double, _ metric: Metric) -> String {
        metric == .psnr ? "\(DecimalText.fixed(value, digits: 2)) dB" : DecimalText.fixed(value, digits: 5)
    }
}

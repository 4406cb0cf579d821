import Transcode

/// A comparison as JSON.
struct ComparisonReport: Encodable {
    struct Measure: Encodable {
        var average: Double
        var minimum: Double
        var minimumAt: Double
        var perFrame: [Double]?
    }

    var frames: Int
    var unmatchedReference: Int
    var unmatchedOther: Int
    var metrics: [String: Measure]
    var notes: [String]

    init(_ comparison: Comparison, perFrame: Bool) {
        frames = comparison.frames
        unmatchedReference = comparison.unmatchedFirst
        unmatchedOther = comparison.unmatchedSecond
        notes = comparison.notes
        metrics = [:]
        for (metric, measure) in comparison.measures {
            metrics[metric.rawValue] = Measure(
                average: measure.average, minimum: measure.minimum, minimumAt: measure.minimumAt,
                perFrame: perFrame ? measure.perFrame : nil)
        }
    }
}

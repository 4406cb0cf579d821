import Glibc
import LibAV
import Media

/// Measures how much the pictures of two files differ.
public enum Comparer {
    /// Compares `other` with `reference`: for each picture of `other`, that of `reference` which is shown at its time.
    ///
    /// Both are turned upright, deinterlaced where they are interlaced, and counted from their own first pictures;
    /// `reference` is scaled to the size of `other` where they differ.
    /// - Parameters:
    ///   - from: seconds of `reference` at which `other` begins.
    ///   - isCancelled: asked after each picture.
    /// - Throws: where one cannot be read or has no pictures, or ``TranscodeError/cancelled``.
    public static func compare(
        _ reference: String, _ other: String, metrics: Set<Metric> = Set(Metric.allCases), from: Double = 0,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(TranscodeError) -> Comparison {
        guard !metrics.isEmpty else { throw .settings(reason: "There is no metric. Name psnr or ssim.") }
        guard from >= 0, from.isFinite else { throw .settings(reason: "\(from) s is no time to begin at.") }
        do {
            let start = Seconds.nanoseconds(from)
            let first = try PictureStream(reference, from: start, isCancelled: isCancelled)
            var run = try ComparisonRun(
                first, PictureStream(other, from: 0, isCancelled: isCancelled), metrics: metrics)
            try run.run(isCancelled: isCancelled)
            guard run.hasPairs else {
                if start > 0, let length = first.duration, start >= length {
                    throw TranscodeError.settings(reason: Seconds.behindEnd(start, length))
                }
                throw TranscodeError.damaged(path: other, reason: "no pictures that could be compared")
            }
            return run.result()
        } catch { throw Transcoder.error(error) }
    }
}

/// One comparison.
private struct ComparisonRun {
    private let reference: PictureStream
    private let other: PictureStream
    private let metrics: Set<Metric>
    private var graph: MetricGraph?
    private var key: MetricGraph.Key?
    private var values: [[Metric: Double]] = []
    private var times: [Int64] = []
    private var unmatchedReference = 0
    private var unmatchedOther = 0
    private var notes: [String] = []
    private var peak = 255.0
    private static let mostNotes = 20

    init(_ reference: PictureStream, _ other: PictureStream, metrics: Set<Metric>) {
        self.reference = reference
        self.other = other
        self.metrics = metrics
    }

    var hasPairs: Bool { !values.isEmpty }

    mutating func run(isCancelled: () -> Bool) throws {
        var shown = try reference.next()
        var following = try reference.next()
        var end: Int64 = 0
        while let (picture, time, duration) = try other.next() {
            if isCancelled() { throw TranscodeError.cancelled }
            // A picture of a converted rate shows what is nearest.
            let instant = time + duration / 2
            while let next = following, next.time < instant {
                shown = next
                following = try reference.next()
            }
            end = instant
            guard let (candidate, start, length) = shown,
                following != nil || instant <= start + length
            else {
                unmatchedOther += 1
                continue
            }
            try measure(candidate, picture, at: time)
        }
        while let rest = following {
            if rest.time >= end { unmatchedReference += 1 }
            following = try reference.next()
        }
        try finishGraph()
    }

    private mutating func measure(_ reference: Picture, _ other: Picture, at time: Int64) throws {
        let key = MetricGraph.Key(reference.frame, other.frame)
        if key != self.key {
            try finishGraph()
            graph = try MetricGraph(reference.frame, other.frame, metrics: metrics)
            self.key = key
            peak = Double((1 << (other.frame.layout?.bitDepth ?? 8)) - 1)
            note(reference.frame, other.frame)
        }
        times.append(time)
        var measured: [[Metric: Double]] = []
        try graph?.push(reference.frame, other.frame) { measured.append($0) }
        values += measured
    }

    private mutating func finishGraph() throws {
        var measured: [[Metric: Double]] = []
        try graph?.finish { measured.append($0) }
        values += measured
        graph = nil
    }

    private mutating func note(_ reference: borrowing OwnedFrame, _ other: borrowing OwnedFrame) {
        var found: [String] = []
        if reference.width != other.width || reference.height != other.height {
            found.append(
                "reference brought from \(reference.width)x\(reference.height) to \(other.width)x\(other.height)"
            )
        }
        if reference.pixelFormatName != other.pixelFormatName {
            found.append("reference converted from \(reference.pixelFormatName) to \(other.pixelFormatName)")
        }
        for text in found where !notes.contains(text) && notes.count < Self.mostNotes { notes.append(text) }
    }

    func result() -> Comparison {
        var measures: [Metric: Comparison.Measure] = [:]
        for metric in metrics {
            let raw = values.map { $0[metric] ?? .nan }
            let perFrame = metric == .psnr ? raw.map(decibels) : raw
            let mean = raw.reduce(0, +) / Double(max(1, raw.count))
            let worst = perFrame.indices.min { perFrame[$0] < perFrame[$1] } ?? 0
            measures[metric] = Comparison.Measure(
                average: metric == .psnr ? decibels(mean) : mean,
                minimum: perFrame.isEmpty ? .nan : perFrame[worst],
                minimumAt: worst < times.count ? Double(times[worst]) / 1e9 : 0, perFrame: perFrame)
        }
        var notes = notes
        if unmatchedReference > 0 {
            notes.append("\(unmatchedReference) pictures of the reference have no counterpart")
        }
        if unmatchedOther > 0 {
            notes.append("\(unmatchedOther) pictures have no counterpart in the reference")
        }
        return Comparison(
            measures: measures, frames: values.count, unmatchedFirst: unmatchedReference,
            unmatchedSecond: unmatchedOther, notes: notes)
    }

    private func decibels(_ error: Double) -> Double {
        error > 0 ? 10 * log10(peak * peak / error) : .infinity
    }
}

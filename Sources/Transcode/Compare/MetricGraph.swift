import LibAV
import Media

/// Measures pairs of pictures of one size.
///
/// Confined to one thread.
final class MetricGraph {
    private let filter: FilterGraph
    private let metrics: [Metric]
    private let frame: OwnedFrame
    private var index: Int64 = 0

    /// What the graph is made for: a change needs another.
    struct Key: Equatable {
        private let reference: FilterInput
        private let other: FilterInput
        private let colors: [ColorDescription]

        init(_ reference: borrowing OwnedFrame, _ other: borrowing OwnedFrame) {
            self.reference = FilterInput(pictures: reference, timeBase: .microseconds)
            self.other = FilterInput(pictures: other, timeBase: .microseconds)
            colors = [reference.color, other.color]
        }
    }

    init(_ reference: borrowing OwnedFrame, _ other: borrowing OwnedFrame, metrics: Set<Metric>) throws {
        self.metrics = Metric.allCases.filter(metrics.contains)
        var text = "[in0]\(Self.adaptation(reference, to: other))"
        let names = self.metrics.map(\.rawValue)
        text +=
            names.count > 1
            ? ",split=\(names.count)" + names.map { "[ref-\($0)]" }.joined() : "[ref-\(names[0])]"
        text += ";[in1]setsar=1[main0]"
        for (index, name) in names.enumerated() {
            let end = index == names.count - 1 ? "out" : "main\(index + 1)"
            text += ";[main\(index)][ref-\(name)]\(name)[\(end)]"
        }
        filter = try FilterGraph(
            text,
            inputs: [
                FilterInput(pictures: reference, timeBase: .microseconds),
                FilterInput(pictures: other, timeBase: .microseconds),
            ])
        frame = try OwnedFrame()
    }

    /// Brings the reference into the size, layout and range of the other. Sizes that differ by the column or row that
    /// 4:2:0 cannot hold are cropped, as a transcode does.
    private static func adaptation(_ reference: borrowing OwnedFrame, to other: borrowing OwnedFrame)
        -> String
    {
        let (width, height) = (other.width, other.height)
        var filters: [String] = []
        let isCropped =
            (0...1).contains(reference.width - width) && (0...1).contains(reference.height - height)
        if isCropped, reference.width != width || reference.height != height {
            filters.append("crop=w=\(width):h=\(height):x=0:y=0:exact=1")
        }
        let isRGB = reference.layout?.isRGB == true
        func range(_ isFull: Bool) -> String { isFull ? "full" : "limited" }
        var scale =
            "scale=w=\(width):h=\(height):flags=bicubic:in_range=\(range(isRGB || reference.color.isFullRange))"
            + ":out_range=\(range(other.color.isFullRange))"
        if isRGB, let matrix = other.color.matrix { scale += ":out_color_matrix=\(matrix)" }
        filters += [scale, "format=pix_fmts=\(other.pixelFormatName)", "setsar=1"]
        return filters.joined(separator: ",")
    }

    /// Takes a pair, and calls `body` with the values of each pair that is measured, by metric: the mean squared error for
    /// PSNR, the index for SSIM.
    func push(
        _ reference: borrowing OwnedFrame, _ other: borrowing OwnedFrame, _ body: ([Metric: Double]) -> Void
    ) throws {
        let first = try OwnedFrame(referencing: reference)
        let second = try OwnedFrame(referencing: other)
        first.pts = index
        second.pts = index
        index += 1
        try filter.send(first, input: 0)
        try filter.send(second, input: 1)
        try receive(body)
    }

    /// Calls `body` with the pairs that were still inside.
    func finish(_ body: ([Metric: Double]) -> Void) throws {
        try filter.sendEnd(input: 0)
        try filter.sendEnd(input: 1)
        try receive(body)
    }

    private func receive(_ body: ([Metric: Double]) -> Void) throws {
        while try filter.receive(into: frame) {
            var values: [Metric: Double] = [:]
            for metric in metrics {
                let key = metric == .psnr ? "lavfi.psnr.mse_avg" : "lavfi.ssim.All"
                values[metric] = frame.tag(key).flatMap { Double($0) }
            }
            body(values)
        }
    }
}

import LibAV
import Media

/// Brings the source's pictures into a rendition's size and layout. Those that have them already are passed on without a copy.
///
/// Confined to one thread.
final class PictureShaper {
    private let settings: VideoSettings
    private let isBitExact: Bool
    private let threads: Int
    private let layout: PictureLayout
    private var shape: PictureShape?
    private var key: Key?
    /// `nil` where nothing changes.
    private var graph: Graph?
    /// What the values of the results mean.
    private(set) var color: ColorDescription?
    /// What was done to the pictures, for people.
    private(set) var notes: [String] = []

    private struct Key: Equatable {
        let input: FilterInput
        let color: ColorDescription
    }

    private final class Graph {
        let filter: FilterGraph
        init(_ filter: consuming FilterGraph) { self.filter = filter }
    }

    /// - Parameter threads: worker threads of the scaler, 0 for the number of cores.
    init(_ settings: VideoSettings, isBitExact: Bool, threads: Int) throws(TranscodeError) {
        let name = settings.bitDepth == 10 ? "yuv420p10le" : "yuv420p"
        guard let layout = PictureLayout(named: name) else {
            throw .library(reason: "libavutil has no pixel format \(name)")
        }
        self.settings = settings
        self.isBitExact = isBitExact
        self.threads = threads
        self.layout = layout
    }

    /// The picture as the rendition has it: another reference where nothing changes. Time stamps are the caller's to set.
    func shape(_ frame: borrowing OwnedFrame) throws -> OwnedFrame {
        let key = Key(input: FilterInput(pictures: frame, timeBase: .video), color: frame.color)
        if key != self.key {
            try prepare(frame, key)
            self.key = key
        }
        guard let graph else { return try OwnedFrame(referencing: frame) }
        let copy = try OwnedFrame(referencing: frame)
        copy.pts = 0
        try graph.filter.send(copy)
        let result = try OwnedFrame()
        guard try graph.filter.receive(into: result) else {
            throw TranscodeError.library(reason: "the scaler gave no picture")
        }
        if let color { result.color = color }
        return result
    }

    private func prepare(_ frame: borrowing OwnedFrame, _ key: Key) throws {
        let isFirst = shape == nil
        var next = PictureShape(
            settings, width: frame.width, height: frame.height, aspect: frame.sampleAspectRatio)
        if let shape, shape != next {
            // Later pictures of another size are fitted into the size of the first.
            var fitted = settings
            (fitted.width, fitted.height, fitted.fit, fitted.enlarges) = (
                shape.width, shape.height, .pad, true
            )
            next = PictureShape(
                fitted, width: frame.width, height: frame.height, aspect: frame.sampleAspectRatio)
            note(
                "pictures change to \(frame.width)x\(frame.height); fitted into \(shape.width)x\(shape.height)"
            )
        }
        if isFirst {
            shape = next
            color = outputColor(frame)
            noteChanges(frame, next)
        }
        let filters = self.filters(frame, next)
        graph =
            filters.isEmpty
            ? nil
            : Graph(
                try FilterGraph(
                    "[in0]\(filters.joined(separator: ","))[out]", inputs: [key.input],
                    threads: isBitExact ? 1 : threads))
    }

    /// Values keep their meaning; red, green and blue become what is usual for the size.
    private func outputColor(_ frame: borrowing OwnedFrame) -> ColorDescription {
        guard frame.layout?.isRGB == true else { return frame.color }
        return frame.height >= 720 ? .bt709 : .bt601
    }

    private func filters(_ frame: borrowing OwnedFrame, _ shape: PictureShape) -> [String] {
        var filters: [String] = []
        if let crop = shape.crop {
            let place = crop.isCentred ? "" : ":x=0:y=0"
            filters.append("crop=w=\(crop.width):h=\(crop.height)\(place):exact=1")
        }
        let size = shape.crop.map { ($0.width, $0.height) } ?? (frame.width, frame.height)
        let target = shape.scale ?? size
        let color = color ?? frame.color
        let isOtherRange = frame.layout?.isRGB != true && frame.color.isFullRange != color.isFullRange
        if target != size || frame.pixelFormatName != layout.name || isOtherRange {
            filters.append(scaler(frame, to: target, color))
            filters.append("format=pix_fmts=\(layout.name)")
        }
        if target != (shape.width, shape.height) {
            filters.append("pad=w=\(shape.width):h=\(shape.height):x=(ow-iw)/2:y=(oh-ih)/2")
        }
        if shape.hasSquarePixels, frame.sampleAspectRatio != (1, 1) || !filters.isEmpty {
            filters.append("setsar=1")
        }
        return filters
    }

    private func scaler(
        _ frame: borrowing OwnedFrame, to size: (width: Int, height: Int), _ color: ColorDescription
    )
        -> String
    {
        let isRGB = frame.layout?.isRGB == true
        func range(_ isFull: Bool) -> String { isFull ? "full" : "limited" }
        var text =
            "scale=w=\(size.width):h=\(size.height):flags=bicubic\(isBitExact ? "+accurate_rnd+bitexact" : "")"
            + ":in_range=\(range(isRGB || frame.color.isFullRange)):out_range=\(range(color.isFullRange))"
        if isRGB, let matrix = color.matrix { text += ":out_color_matrix=\(matrix)" }
        return text
    }

    private func noteChanges(_ frame: borrowing OwnedFrame, _ shape: PictureShape) {
        if let crop = shape.crop {
            note("cropped from \(frame.width)x\(frame.height) to \(crop.width)x\(crop.height)")
        }
        if let scale = shape.scale, scale.width < shape.width || scale.height < shape.height {
            note("black bars around \(scale.width)x\(scale.height)")
        }
        if let source = frame.layout, source.bitDepth > layout.bitDepth {
            note("\(source.bitDepth) bits a sample reduced to \(layout.bitDepth)")
        }
        if let source = frame.layout, source.isRGB { note("\(source.name) converted to \(layout.name)") }
    }

    private func note(_ text: String) { if !notes.contains(text), notes.count < 20 { notes.append(text) } }
}

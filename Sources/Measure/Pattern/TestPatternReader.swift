public import Media

/// Reads test patterns back, whatever way the picture came and however it was scaled.
public enum TestPatternReader {
    /// What a picture of a test pattern says.
    public struct Reading: Sendable, Hashable {
        /// Index of the picture, from 0.
        public let index: UInt32
        /// Its time code: milliseconds of the Unix epoch modulo 2³² at its capture.
        public let time: UInt32
        /// Whether the square in the middle shows.
        public let isFlashing: Bool

        /// A reading from its parts.
        public init(index: UInt32, time: UInt32, isFlashing: Bool) {
            self.index = index
            self.time = time
            self.isFlashing = isFlashing
        }
    }

    /// How far from black or white a cell may be, as a part of the whole range; what lies between is neither.
    static let tolerance = 0.4

    /// What the picture says, or `nil` where it is no test pattern, or too damaged to be read.
    public static func read(_ frame: VideoFrame) -> Reading? {
        let geometry = PatternGeometry(width: frame.width, height: frame.height)
        guard frame.width >= PatternGeometry.cellCount, frame.height >= 16 else { return nil }
        var bits: UInt64 = 0
        let rows = core(0..<geometry.cellHeight)
        for cell in 0..<PatternGeometry.cellCount {
            guard let isSet = bit(frame, core(geometry.columns(ofCell: cell)), rows) else { return nil }
            bits = bits << 1 | (isSet ? 1 : 0)
        }
        // All cells alike is a plain picture.
        guard bits != 0, bits != .max else { return nil }
        let square = whiteness(frame, core(geometry.squareColumns), core(geometry.squareRows))
        return Reading(
            index: UInt32(truncatingIfNeeded: bits >> 32), time: UInt32(truncatingIfNeeded: bits),
            isFlashing: square > 0.5)
    }

    private static func bit(_ frame: VideoFrame, _ columns: Range<Int>, _ rows: Range<Int>) -> Bool? {
        let value = whiteness(frame, columns, rows)
        if value <= tolerance { return false }
        return value >= 1 - tolerance ? true : nil
    }

    /// The inner third of a range, or its middle where it is small.
    private static func core(_ range: Range<Int>) -> Range<Int> {
        let inset = max((range.count - 1) / 2 - max(range.count / 6, 0), 0)
        return range.lowerBound + inset..<max(range.upperBound - inset, range.lowerBound + inset + 1)
    }

    /// Mean of an area from 0 for black to 1 for white. At most 8 by 8 samples of it are looked at.
    private static func whiteness(_ frame: VideoFrame, _ columns: Range<Int>, _ rows: Range<Int>) -> Double {
        var sum = 0
        var count = 0
        for y in stride(from: rows.lowerBound, to: rows.upperBound, by: max(rows.count / 8, 1)) {
            for x in stride(from: columns.lowerBound, to: columns.upperBound, by: max(columns.count / 8, 1)) {
                sum += luma(frame, x, y)
                count += 1
            }
        }
        guard count > 0 else { return 0 }
        let mean = Double(sum) / Double(count)
        let isRGB = frame.format == .bgra || frame.format == .rgb24
        return isRGB || frame.range == .full ? mean / 255 : (mean - 16) / 219
    }

    private static func luma(_ frame: VideoFrame, _ x: Int, _ y: Int) -> Int {
        func sample(_ offset: Int) -> Int { Int(frame.sample(plane: 0, x: offset, y: y)) }
        return switch frame.format {
        case .yuv420p, .yuv422p, .yuv444p, .nv12, .gray: sample(x)
        case .yuyv422: sample(x * 2)
        case .uyvy422: sample(x * 2 + 1)
        // Weights of ITU-R BT.601; the pattern's cells are grey, so those of BT.709 come to the same.
        case .rgb24: (299 * sample(x * 3) + 587 * sample(x * 3 + 1) + 114 * sample(x * 3 + 2)) / 1000
        case .bgra: (114 * sample(x * 4) + 587 * sample(x * 4 + 1) + 299 * sample(x * 4 + 2)) / 1000
        }
    }
}

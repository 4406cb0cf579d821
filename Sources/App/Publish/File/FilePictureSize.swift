import Container
import LibAV

/// The size in which pictures of a file are sent that must be encoded: upright, with square pixels, even.
enum FilePictureSize {
    /// Smallest and largest width and height; what a damaged header says of its pixels' shape must not go beyond.
    private static let sides = 16...8192
    /// Pixels may be so much wider than high, or higher than wide.
    private static let aspects = 0.1...10.0

    /// - Parameters:
    ///   - width: as stored, and so is `height`.
    ///   - aspect: width to height of a stored pixel.
    static func of(
        width: Int, height: Int, aspect: (width: Int, height: Int), orientation: Orientation
    ) -> (width: Int, height: Int) {
        var (wide, high) = (Double(width), Double(height))
        let shape = Double(aspect.width) / Double(max(1, aspect.height))
        if aspects.contains(shape) { wide *= shape }
        if (orientation.quarterTurns ?? 0) % 2 == 1 { swap(&wide, &high) }
        // Larger than an encoder takes: smaller in both directions, so that the shape stays.
        let factor = min(1, Double(sides.upperBound) / max(wide, high, 1))
        return (side(wide * factor), side(high * factor))
    }

    /// As large as fits into `frame`, in the shape of `size`.
    static func fitted(
        _ size: (width: Int, height: Int), into frame: (width: Int, height: Int)
    ) -> (width: Int, height: Int) {
        let (width, height) = (Double(max(1, size.width)), Double(max(1, size.height)))
        let factor = min(Double(frame.width) / width, Double(frame.height) / height)
        return (side(width * factor), side(height * factor))
    }

    /// What is done to the pictures beside encoding them, for people.
    static func changes(_ track: Demuxer.Track) -> [String] {
        let aspect = track.sampleAspectRatio
        let shape = Double(aspect.width) / Double(max(1, aspect.height))
        var changes: [String] = []
        if let turns = track.orientation.quarterTurns, turns > 0 {
            changes.append("turned by \(turns * 90) degrees")
        }
        if track.orientation.isMirrored { changes.append("mirrored") }
        if shape != 1, aspects.contains(shape) {
            changes.append("with square pixels instead of \(aspect.width):\(aspect.height)")
        }
        return changes
    }

    private static func side(_ length: Double) -> Int {
        // An odd side loses a line; a length that pixels' shape made is rounded.
        let whole = length == length.rounded() ? Int(length) & ~1 : Int((length / 2).rounded()) * 2
        return min(max(whole, sides.lowerBound), sides.upperBound)
    }
}

internal import CFFmpeg

/// How a player turns and mirrors pictures (the display matrix, ISO/IEC 14496-12 §8.5.2.3).
public struct Orientation: Sendable, Hashable {
    /// Degrees clockwise by which pictures are turned, 0 up to but not including 360.
    public let degrees: Double
    /// Whether pictures are mirrored, left to right, before they are turned.
    public let isMirrored: Bool

    /// As stored.
    public static let upright = Orientation(degrees: 0, isMirrored: false)

    /// An orientation from its parts.
    public init(degrees: Double, isMirrored: Bool) {
        self.degrees = degrees
        self.isMirrored = isMirrored
    }

    init(_ stream: UnsafeMutablePointer<AVStream>) {
        var size = 0
        guard let bytes = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size),
            size >= 9 * MemoryLayout<Int32>.size
        else {
            self = .upright
            return
        }
        var matrix = (0..<9).map {
            UnsafeRawPointer(bytes).loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self)
        }
        let determinant = Double(matrix[0]) * Double(matrix[4]) - Double(matrix[1]) * Double(matrix[3])
        isMirrored = determinant < 0
        if isMirrored {
            // Taken back, so that the rest is a turn.
            av_display_matrix_flip(&matrix, 1, 0)
        }
        let angle = -av_display_rotation_get(matrix)
        guard angle.isFinite else {
            degrees = 0
            return
        }
        let turned = angle.truncatingRemainder(dividingBy: 360)
        let positive = turned < 0 ? turned + 360 : turned
        degrees = positive > 359.5 ? 0 : positive
    }

    /// Quarter turns clockwise, or `nil` where it is no multiple of 90 degrees.
    public var quarterTurns: Int? {
        let turns = (degrees / 90).rounded()
        return abs(degrees - turns * 90) < 1 ? Int(turns) % 4 : nil
    }
}

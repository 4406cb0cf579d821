import Media

/// One line of golden frames: what one decoded picture or stretch of sound was like.
public struct GoldenFrame: Sendable, Hashable {
    /// Index of the stream in its file.
    public var stream: Int
    /// Microseconds of presentation time; `nil` where the file has none.
    public var time: Int64?
    /// MD5 of the visible samples of a picture or of the samples of sound, 32 hexadecimal digits.
    public var hash: String

    /// A frame from its parts.
    public init(stream: Int, time: Int64?, hash: String) {
        self.stream = stream
        self.time = time
        self.hash = hash
    }

    /// `0.480000`, or `-` where it is not known.
    var timeText: String { time.map { DecimalText.fixed(Double($0) / 1e6, digits: 6) } ?? "-" }

    /// Reads the fields of a line behind its stream and number.
    init?(stream: Int, fields: [Substring]) {
        guard fields.count == 2, fields[1].utf8.count == 32, fields[1].allSatisfy(\.isHexDigit) else {
            return nil
        }
        guard fields[0] != "-" else {
            self.init(stream: stream, time: nil, hash: String(fields[1]))
            return
        }
        guard let seconds = Double(fields[0]), abs(seconds) < 1e12 else { return nil }
        self.init(stream: stream, time: Int64((seconds * 1e6).rounded()), hash: String(fields[1]))
    }
}

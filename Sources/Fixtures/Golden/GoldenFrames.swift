/// What all decoded pictures and sounds of a rendition were like, as a text of one line for each.
public struct GoldenFrames: Sendable, Hashable {
    /// Version of the text's format.
    static let version = 1
    static let title = "# convene golden frames"

    /// What the frames were made of, so that a difference can be explained.
    public struct Origin: Sendable, Hashable {
        /// The fixture's name.
        public var input: String
        /// SHA-256 of the fixture.
        public var inputDigest: String
        /// The rendition's name.
        public var rendition: String
        /// Its settings, as one line of JSON.
        public var settings: String
        /// Major versions by library.
        public var libraries: [String: Int]

        /// An origin from its parts.
        public init(
            input: String = "", inputDigest: String = "", rendition: String = "", settings: String = "",
            libraries: [String: Int] = [:]
        ) {
            self.input = input
            self.inputDigest = inputDigest
            self.rendition = rendition
            self.settings = settings
            self.libraries = libraries
        }
    }

    /// What they were made of.
    public var origin: Origin
    /// A description of each stream by index: `video 320x180 yuv420p`, `audio 48000 stereo`.
    public var streams: [Int: String]
    /// All frames; those of a stream in the order of their times.
    public var frames: [GoldenFrame]

    /// The text.
    public var text: String {
        var lines = [
            "\(Self.title) \(Self.version)", "# input: \(origin.input)",
            "# input-sha256: \(origin.inputDigest)",
            "# rendition: \(origin.rendition)", "# settings: \(origin.settings)",
            "# libraries: "
                + origin.libraries.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
                    separator: ", "),
        ]
        lines += streams.sorted { $0.key < $1.key }.map { "# stream \($0.key): \($0.value)" }
        lines.append("# columns: stream, number of the frame in it, seconds, MD5 of the decoded samples")
        var counts: [Int: Int] = [:]
        for frame in frames {
            let number = counts[frame.stream, default: 0]
            counts[frame.stream] = number + 1
            lines.append("\(frame.stream) \(number) \(frame.timeText) \(frame.hash)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether a text is one of ours, of whatever version.
    static func isGolden(_ text: String) -> Bool { text.hasPrefix(title + " ") }

    /// Frames from their parts.
    public init(origin: Origin, streams: [Int: String], frames: [GoldenFrame]) {
        self.origin = origin
        self.streams = streams
        self.frames = frames
    }

    /// Reads a text.
    /// - Throws: ``GoldenError`` with the first line that is wrong.
    public init(text: String) throws(GoldenError) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasSuffix("\r") ? $0.dropLast() : $0
        }
        guard let first = lines.first, first == "\(Self.title) \(Self.version)" else {
            throw .line(1, String(lines.first ?? ""), "\(Self.title) \(Self.version)")
        }
        self.init(
            origin: Origin(),
            streams: [:],
            frames: [])
        var counts: [Int: Int] = [:]
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            if line.hasPrefix("#") {
                readHeader(line)
                continue
            }
            guard let frame = Self.frame(line, &counts) else {
                throw .line(
                    index + 1, String(line), "STREAM NUMBER SECONDS MD5, with numbers from 0 without gaps")
            }
            frames.append(frame)
        }
    }

    private mutating func readHeader(_ line: Substring) {
        let parts = line.drop { $0 == "#" || $0 == " " }.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return }
        let value = String(parts[1].drop { $0 == " " })
        switch parts[0] {
        case "input": origin.input = value
        case "input-sha256": origin.inputDigest = value
        case "rendition": origin.rendition = value
        case "settings": origin.settings = value
        case "libraries":
            for item in value.split(separator: ",") {
                let words = item.split(separator: " ")
                if words.count == 2, let major = Int(words[1]) { origin.libraries[String(words[0])] = major }
            }
        default:
            let words = parts[0].split(separator: " ")
            if words.count == 2, words[0] == "stream", let index = Int(words[1]) { streams[index] = value }
        }
    }

    private static func frame(_ line: Substring, _ counts: inout [Int: Int]) -> GoldenFrame? {
        let fields = line.split(separator: " ")
        guard fields.count >= 2, let stream = Int(fields[0]), let number = Int(fields[1]),
            number == counts[stream, default: 0],
            let frame = GoldenFrame(stream: stream, fields: Array(fields.dropFirst(2)))
        else { return nil }
        counts[stream] = number + 1
        return frame
    }
}

import Layout
import Media

/// What `convene export` is asked for.
public struct ExportOptions: Sendable {
    /// How the participants are arranged.
    public enum Arrangement: String, Sendable, CaseIterable {
        /// All of one size.
        case grid
        /// Who speaks large, the others in a strip below.
        case speaker
    }

    /// Which meeting, as `convene archive show` takes it.
    public var meeting: String
    /// The file to be written.
    public var output: String
    /// Folder of the recordings, or `nil` for the configured one.
    public var archive: String?
    /// Configuration file.
    public var configuration: String?
    /// How the participants are arranged.
    public var arrangement = Arrangement.grid
    /// Width of the picture; even.
    public var width = 1920
    /// Height of the picture; even.
    public var height = 1080
    /// Pictures a second.
    public var rate = 30
    /// Microseconds from the meeting's start, or `nil` for the first recorded picture or sound.
    public var from: Int64?
    /// Microseconds from the meeting's start, or `nil` for the last.
    public var to: Int64?
    /// Whether only the sound is written.
    public var isAudioOnly = false
    /// x264's preset.
    public var preset = "veryfast"
    /// x264's constant rate factor, where ``bitRate`` does not say how large the file may be.
    public var quality = 23.0
    /// Bits a second of the picture.
    private(set) var bitRate: Int?
    /// Whether the speakers are made equally loud.
    public var normalises = true
    /// Whether files that are there already are replaced, without asking.
    public var overwrites = false

    /// The whole meeting as a grid.
    public init(meeting: String, output: String) {
        self.meeting = meeting
        self.output = output
    }

    private static let presets = [
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
        "placebo",
    ]

    /// Sets the bits a second of the picture as typed.
    /// - Throws: ``AppError`` where `text` is none.
    public mutating func setBitRate(_ text: String) throws(AppError) {
        bitRate = try PublishSettings.bitRate(text, option: "--bitrate")
    }

    /// Size of the picture.
    var size: PixelSize { PixelSize(width: width, height: height) }

    /// - Throws: ``AppError`` for the first value that cannot be used.
    func validate() throws(AppError) {
        _ = try ExportFormat(path: output, isAudioOnly: isAudioOnly)
        let isPossible = (64...7680).contains(width) && (64...4320).contains(height)
        guard isPossible, width % 2 == 0, height % 2 == 0 else {
            throw AppError(
                "\(width)x\(height) is no size for --size. Use even numbers from 64x64 to 7680x4320.",
                status: .usage)
        }
        guard Self.presets.contains(preset) else {
            throw AppError(
                "\(preset) is no value for --preset. Use one of \(Self.presets.joined(separator: ", ")).",
                status: .usage)
        }
        guard (1...120).contains(rate) else {
            throw AppError("\(rate) is no rate for --rate. Use 1 to 120 pictures a second.", status: .usage)
        }
        guard (0...51).contains(quality) else {
            throw AppError("\(quality) is no value for --crf. Use 0 (lossless) to 51.", status: .usage)
        }
        if let bitRate, !(10_000...200_000_000).contains(bitRate) {
            throw AppError(
                "\(BitRate.text(Double(bitRate))) is no value for --bitrate. Use 10k to 200M.", status: .usage
            )
        }
    }
}

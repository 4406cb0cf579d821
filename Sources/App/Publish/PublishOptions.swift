import Capture
import FoundationEssentials
import Glibc
import LibAV
import Media

/// What `convene publish` and `convene join` send.
public struct PublishOptions: Sendable {
    /// Where pictures come from.
    public enum Video: Sendable, Hashable {
        /// The configured camera, else the first there is, else none.
        case automatic
        /// A camera by its path.
        case camera(String)
        /// The moving picture that machines can read.
        case testPattern
        /// Nowhere.
        case none
    }

    /// Where sound comes from.
    public enum Audio: Sendable, Hashable {
        /// The configured microphone, else the first there is, else none.
        case automatic
        /// A microphone by its name.
        case microphone(String)
        /// 1 kHz for 100 ms at each full second.
        case tone
        /// Nowhere.
        case none
    }

    /// Pictures.
    public var video = Video.automatic
    /// Sound.
    public var audio = Audio.automatic
    /// A media file instead of both.
    public var file: String?
    /// Whether the file begins again at its end.
    public var loops = false
    /// `WxH` wanted from the camera or pattern; that into which the pictures of a file are fitted.
    public var size: String?
    /// Pictures a second wanted from the camera or pattern.
    public var rate: Double?
    /// Bits a second of the video, for instance `2500k`.
    public var bitrate: String?
    /// Seconds between keyframes, for instance `2s` or `500ms`.
    public var keyframeInterval: String?
    /// x264's preset.
    public var preset: String?
    /// Sizes of the pictures that are sent, 1 or 2: the second has half the width and height.
    public var layers: Int?
    /// Layout wanted from the camera, for instance `nv12`, `mjpeg` or `h264`.
    public var pixelFormat: String?
    /// Camera controls, `NAME=VALUE`.
    public var controls: [String] = []
    /// Whether to wait for a camera that is not there, at the start and when it is unplugged.
    public var waitsForDevice = false
    /// Whether the microphone is muted at first.
    public var isMuted = false
    /// Whether the camera is off at first.
    public var isCameraOff = false

    /// Nothing given: a camera and a microphone if there are any.
    public init() {}
}

/// Options and configuration together, checked.
struct PublishSettings: Sendable {
    var video: PublishOptions.Video
    var audio: PublishOptions.Audio
    var file: String?
    /// ``file``, opened: see ``prepared()``.
    var preparedFile: PreparedFile?
    var loops: Bool
    var camera: CameraRequest
    /// The size that was asked for on the command line.
    var wantedSize: (width: Int, height: Int)?
    /// Flags of the command line that only an encoder can follow: with them a file's pictures are not sent as they are.
    var encoderFlags: [String]
    var controls: [ControlSetting]
    var waitsForDevice: Bool
    var videoBitrate: Int
    var audioBitrate: Int
    var keyframeSeconds: Double
    var preset: String
    var layers: Int

    /// What is waited for.
    var cameraName: String {
        if case .camera(let path) = video { "the camera \(path)" } else { "a camera" }
    }

    /// The source that all tracks of the publisher name: tracks of one source are recorded into one file.
    var source: String { file != nil ? "file" : video == .none ? "microphone" : "camera" }

    init(_ options: PublishOptions, _ configuration: AppConfiguration) throws {
        video = options.video
        audio = options.audio
        file = options.file
        loops = options.loops
        waitsForDevice = options.waitsForDevice
        if let file = options.file, file != InputFormat.standardInput, access(file, R_OK) != 0 {
            throw AppError(
                "The file \(file) cannot be read: \(String(cString: strerror(errno))). Check --file.",
                status: .inputNotFound)
        }
        let size = try Self.size(configuration.text("capture.size"))
        camera = CameraRequest(
            width: size.width, height: size.height, frameRate: configuration.number("capture.rate"),
            format: try Self.format(options.pixelFormat))
        wantedSize = options.size == nil ? nil : size
        let flags: [(String, String?)] = [
            ("--size", options.size), ("--bitrate", options.bitrate),
            ("--keyframe-interval", options.keyframeInterval), ("--preset", options.preset),
        ]
        encoderFlags = flags.compactMap { flag, value in value.map { "\(flag) \($0)" } }
        controls = try options.controls.map { try ControlSetting(parsing: $0) }
        videoBitrate = configuration.integer("encoding.videoBitrate")
        audioBitrate = configuration.integer("encoding.audioBitrate")
        keyframeSeconds = configuration.number("encoding.keyframeSeconds")
        preset = configuration.text("encoding.preset")
        layers = configuration.integer("encoding.layers")
        if video == .automatic, !configuration.text("capture.camera").isEmpty {
            video = .camera(configuration.text("capture.camera"))
        }
        if audio == .automatic, !configuration.text("capture.microphone").isEmpty {
            audio = .microphone(configuration.text("capture.microphone"))
        }
    }

    /// The same with its file opened and looked through, so that what is wrong with it is told before anybody joins.
    /// - Throws: ``AppError``.
    func prepared() async throws -> PublishSettings {
        guard let file else { return self }
        var result = self
        let kinds = Set(
            [video != .none ? MediaKind.video : nil, audio != .none ? .audio : nil].compactMap { $0 })
        let opened = try await PreparedFile.open(file, kinds: kinds)
        guard !loops || opened.isRegular else {
            throw AppError(
                "--loop needs a file that can be opened again, which \(file) cannot. Leave out --loop.",
                status: .usage)
        }
        result.preparedFile = opened
        return result
    }

    /// The flags that override keys of the configuration.
    static func flags(_ options: PublishOptions) throws(AppError) -> [String: AppConfiguration.Flag] {
        var flags: [String: AppConfiguration.Flag] = [:]
        if let size = options.size {
            _ = try Self.size(size)
            flags["capture.size"] = .text(size)
        }
        if let rate = options.rate { flags["capture.rate"] = .number(rate) }
        if let text = options.bitrate {
            flags["encoding.videoBitrate"] = .integer(try bitRate(text, option: "--bitrate"))
        }
        if let text = options.keyframeInterval {
            flags["encoding.keyframeSeconds"] = .number(try seconds(text, option: "--keyframe-interval"))
        }
        if let layers = options.layers { flags["encoding.layers"] = .integer(layers) }
        if let preset = options.preset { flags["encoding.preset"] = .text(preset) }
        return flags
    }

    static func size(_ text: String) throws(AppError) -> (width: Int, height: Int) {
        let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
            (16...8192).contains(width), (16...8192).contains(height)
        else {
            throw AppError(
                "The size \(text) is not WIDTHxHEIGHT with 16 to 8192 pixels each. Write for example 1280x720.",
                status: .usage)
        }
        return (width, height)
    }

    private static func format(_ name: String?) throws(AppError) -> CameraFormat? {
        guard let name else { return nil }
        guard let format = CameraFormat(name: name) else {
            throw AppError(
                "--pixel-format \(name) is not known. Known are \(CameraFormat.validNames.joined(separator: ", ")).",
                status: .usage)
        }
        return format
    }

    /// The bits a second that `text`, the value of `option`, means.
    static func bitRate(_ text: String, option: String) throws(AppError) -> Int {
        guard let bits = BitRate.parse(text) else {
            throw AppError(
                "\(text) is no bit rate for \(option). Write it as \(BitRate.forms).", status: .usage)
        }
        return bits
    }

    /// The seconds that `text`, the value of `option`, means: `2s`, `500ms`, `2`.
    static func seconds(_ text: String, option: String) throws(AppError) -> Double {
        guard let time = TimeSpan.parse(text, bare: .second) else {
            throw AppError(
                "\(text) is no length of time for \(option). \(CommandTime.advice(text, CommandTime.lengthForms))",
                status: .usage)
        }
        return TimeBase.microseconds.seconds(time)
    }
}

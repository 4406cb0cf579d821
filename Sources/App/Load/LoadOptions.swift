import Wire

/// What `convene load` puts on a server. Every value has a default.
public struct LoadOptions: Sendable {
    /// Publishers in all rooms together, spread evenly.
    public var publishers = 1
    /// Subscribers in all rooms together, spread evenly.
    public var subscribers = 10
    /// Rooms. One has the name that the address says; several have it with `-1`, `-2`, … behind it.
    public var rooms = 1
    /// Whether publishers also receive what the others in their room send.
    public var publishersWatch = false
    /// `WxH` of the video.
    public var size = "1280x720"
    /// Pictures a second.
    public var rate = 30.0
    /// Bits a second of the video, for instance `2500k`.
    public var bitrate = "2500k"
    /// Seconds between keyframes, for instance `2s`.
    public var keyframeInterval = "2s"
    /// Whether publishers send sound too: Opus, 50 packets a second.
    public var sendsAudio = false
    /// Whether publishers send video.
    public var sendsVideo = true
    /// Seconds that are measured, once everybody has joined.
    public var duration = 30.0
    /// Connections that are begun in a second.
    public var ramp = 200.0
    /// Share of the packets, in per cent, that may be lost before the run counts as failed.
    public var allowedLossInPercent = 0.0
    /// Whether the report is JSON.
    public var writesJSON = false

    /// The defaults.
    public init() {}
}

/// The options, checked and in numbers.
struct LoadPlan: Sendable {
    static let maximumConnections = 200_000

    let url: ConveneURL
    let publishers: Int
    let subscribers: Int
    let rooms: [String]
    let publishersWatch: Bool
    let video: LoadVideo?
    let sendsAudio: Bool
    let duration: Double
    let ramp: Double
    let allowedLoss: Double

    var connections: Int { publishers + subscribers }

    /// - Throws: ``AppError`` that names the flag, its value and what it may be, or what is wrong with the address.
    init(_ url: String, _ options: LoadOptions) throws {
        self.url = try ConveneURL(url)
        publishers = try Self.check("--publishers", options.publishers, 0...Self.maximumConnections)
        subscribers = try Self.check("--subscribers", options.subscribers, 0...Self.maximumConnections)
        let count = try Self.check("--rooms", options.rooms, 1...Self.maximumConnections)
        guard publishers + subscribers >= count else {
            throw AppError(
                "--rooms \(count) needs at least as many publishers and subscribers, but there are "
                    + "\(publishers + subscribers). Ask for fewer rooms or more of them.", status: .usage)
        }
        let room = self.url.room
        rooms = count == 1 ? [room] : (1...count).map { "\(room)-\($0)" }
        if let last = rooms.last, let problem = NameRules.problem(ofRoom: last) {
            throw AppError("The room \(last) is refused: \(problem). Choose a shorter one.", status: .usage)
        }
        publishersWatch = options.publishersWatch
        sendsAudio = options.sendsAudio
        video = options.sendsVideo ? try LoadVideo(options) : nil
        guard publishers == 0 || video != nil || sendsAudio else {
            throw AppError("Publishers have to send something: --no-video needs --audio.", status: .usage)
        }
        duration = try Self.check("--duration", options.duration, 0.1...1e6)
        ramp = try Self.check("--ramp", options.ramp, 1...1e5)
        allowedLoss = try Self.check("--allow-loss", options.allowedLossInPercent, 0...100) / 100
    }

    static func check<Number: Comparable>(
        _ flag: String, _ value: Number, _ range: ClosedRange<Number>
    ) throws(AppError) -> Number {
        guard range.contains(value) else {
            throw AppError(
                "\(flag) \(value) is not from \(range.lowerBound) to \(range.upperBound).", status: .usage)
        }
        return value
    }
}

/// The video that every publisher sends.
struct LoadVideo: Sendable {
    let width: Int
    let height: Int
    let rate: Double
    let bitRate: Int
    let keyframeSeconds: Double

    init(_ options: LoadOptions) throws(AppError) {
        let size = try PublishSettings.size(options.size)
        guard size.width % 2 == 0, size.height % 2 == 0 else {
            throw AppError("--size \(options.size) is not even in both directions.", status: .usage)
        }
        (width, height) = size
        rate = try LoadPlan.check("--rate", options.rate, 1...240)
        let bits = try PublishSettings.bitRate(options.bitrate, option: "--bitrate")
        bitRate = try LoadPlan.check("--bitrate", bits, 10_000...200_000_000)
        let seconds = try PublishSettings.seconds(options.keyframeInterval, option: "--keyframe-interval")
        keyframeSeconds = try LoadPlan.check("--keyframe-interval", seconds, 0.1...20)
    }
}

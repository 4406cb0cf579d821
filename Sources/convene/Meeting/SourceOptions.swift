import App
import ArgumentParser

/// The flags that say what is sent; `publish` and `join` share them.
struct SourceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Camera to send.", valueName: "/dev/videoN"))
    var camera: String?

    @Flag(help: "Send the test pattern, a moving picture that machines can read, instead of a camera.")
    var testPattern = false

    @Option(
        help: ArgumentHelp(
            "Media file to send in real time, instead of camera and microphone; "
                + "with publish, - is standard input.",
            valueName: "media"))
    var file: String?

    @Flag(help: "Begin the file again at its end.")
    var loop = false

    @Flag(help: "Send no pictures.")
    var noVideo = false

    @Option(help: ArgumentHelp("Microphone to send, as `convene devices` names it.", valueName: "device"))
    var microphone: String?

    @Flag(help: "Send a beep of 0.1 s at each full second, instead of a microphone.")
    var tone = false

    @Flag(help: "Send no sound.")
    var noAudio = false

    @Option(help: ArgumentHelp("Picture size; pictures of a file are fitted into it.", valueName: "WxH"))
    var size: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Pictures a second.", valueName: "fps"))
    var rate: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Bits a second of the video, for example 2500k or 4M.", valueName: "bits"))
    var bitrate: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Time between keyframes, for example 2s or 500ms.", valueName: "time"))
    var keyframeInterval: String?

    @Option(help: ArgumentHelp("x264 preset, ultrafast to veryslow.", valueName: "name"))
    var preset: String?

    @Option(
        help: ArgumentHelp(
            "2: send a second, smaller size too, for people with a slow network or a small tile.",
            valueName: "1|2"))
    var layers: Int?

    @Option(
        help: ArgumentHelp(
            "Format to take from the camera, for example nv12, mjpeg, or h264 to send its own encoding.",
            valueName: "format"))
    var pixelFormat: String?

    @Option(
        help: ArgumentHelp(
            "Camera control to set, for example brightness=10; may be repeated.", valueName: "name=value"))
    var control: [String] = []

    @Flag(help: "Wait for a camera that is not there, also when it is unplugged; without --camera for any.")
    var waitForDevice = false

    @Flag(
        help: ArgumentHelp(
            "Begin with the microphone muted: nothing of it is sent. "
                + "In join, m or /mute ends that; in publish it lasts until the end."))
    var muted = false

    @Flag(
        help: ArgumentHelp(
            "Begin with the camera off: no pictures are sent, and the others see the name. "
                + "In join, v or /camera ends that; in publish it lasts until the end."))
    var cameraOff = false

    func validate() throws {
        let videos = [camera != nil, testPattern, file != nil, noVideo && file == nil].filter { $0 }
        guard videos.count <= 1 else {
            throw ValidationError("Choose one of --camera, --test-pattern, --file and --no-video.")
        }
        guard [microphone != nil, tone, noAudio].filter({ $0 }).count <= 1 else {
            throw ValidationError("Choose one of --microphone, --tone and --no-audio.")
        }
        guard file == nil || (microphone == nil && !tone) else {
            throw ValidationError("--file brings its own sound: leave out --microphone and --tone.")
        }
        guard layers.map({ (1...2).contains($0) }) ?? true else {
            throw ValidationError("--layers \(layers ?? 0) is not 1 or 2.")
        }
        guard file == nil || layers ?? 1 == 1 else {
            throw ValidationError("--file is sent in one size only: leave out --layers.")
        }
        guard !loop || file != nil else { throw ValidationError("--loop needs --file.") }
        try validateEffects()
    }

    /// Refuses flags that would change nothing.
    private func validateEffects() throws {
        let source: String? =
            testPattern ? "--test-pattern" : file != nil ? "--file" : noVideo ? "--no-video" : nil
        let flag: String? = !control.isEmpty ? "--control" : pixelFormat != nil ? "--pixel-format" : nil
        if let source, let flag {
            throw ValidationError("\(flag) is for a camera, and has no effect with \(source): leave it out.")
        }
        guard file == nil || rate == nil else {
            throw ValidationError("--rate has no effect with --file, which keeps its own rate: leave it out.")
        }
        guard !(muted && noAudio) else {
            throw ValidationError("--muted has no effect with --no-audio: leave out one of them.")
        }
        guard !(cameraOff && noVideo) else {
            throw ValidationError("--camera-off has no effect with --no-video: leave out one of them.")
        }
    }

    var publishOptions: PublishOptions {
        var options = PublishOptions()
        options.video =
            camera.map { .camera($0) } ?? (testPattern ? .testPattern : noVideo ? .none : .automatic)
        options.audio = microphone.map { .microphone($0) } ?? (tone ? .tone : noAudio ? .none : .automatic)
        options.file = file
        options.loops = loop
        options.size = size
        options.rate = rate
        options.bitrate = bitrate
        options.keyframeInterval = keyframeInterval
        options.preset = preset
        options.layers = layers
        options.pixelFormat = pixelFormat
        options.controls = control
        options.waitsForDevice = waitForDevice
        options.isMuted = muted
        options.isCameraOff = cameraOff
        return options
    }
}

/// The flags that say where and who; all commands that enter a room share them.
struct RoomOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The room: convene://HOST[:PORT]/ROOM.", valueName: "url"))
    var url: String

    @Option(help: "Your name, as the others see it (default: the user's name on this machine).")
    var name: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("End after this time: \(CommandTime.lengthForms).", valueName: "time"),
        transform: { try CommandTime.seconds($0) })
    var duration: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Make a connection that broke again for so long; 0: end with it.", valueName: "time"),
        transform: { try CommandTime.seconds($0) })
    var reconnect: Double = 30

    @Option(
        help: ArgumentHelp("Configuration file (default: config.json where there is one).", valueName: "file")
    )
    var config: String?

    func validate() throws {
        if let problem = RoomAccess.problem(ofName: name) { throw ValidationError(problem) }
        if let duration, !(duration > 0 && duration < 1e9) {
            throw ValidationError("--duration \(duration) is not a time in seconds above 0.")
        }
        guard reconnect >= 0, reconnect < 1e6 else {
            throw ValidationError("--reconnect \(reconnect) is not a time in seconds from 0 to 1000000.")
        }
    }

    var access: RoomAccess {
        RoomAccess(url: url, name: name, configuration: config, duration: duration, reconnect: reconnect)
    }
}

import Glibc
import LibAV
import Media

/// Which encoder makes a rendition's pictures, and with which options.
enum VideoEncoderChoice {
    /// Encoders by preference, and the CRF that each uses where none is asked for.
    private static func encoders(_ codec: VideoCodecName) -> [(name: String, crf: Double)] {
        switch codec {
        case .h264: [("libx264", 23)]
        case .hevc: [("libx265", 28)]
        case .vp9: [("libvpx-vp9", 31)]
        case .av1: [("libsvtav1", 35), ("libaom-av1", 35)]
        }
    }

    /// Threads of every encoder in a bit-exact transcode: their number changes the result.
    private static let bitExactThreads = 4

    /// Whether an encoder for the format is installed.
    static func isInstalled(_ codec: VideoCodecName) -> Bool {
        encoders(codec).contains { EncoderContext.isInstalled($0.name) }
    }

    /// What the shapes of pictures do not decide.
    struct Request {
        var settings: VideoSettings
        var timeBase: TimeBase
        var frameRate: Double
        var threads: Int
        var isBitExact: Bool
        var hasGlobalHeader: Bool
        var highDynamicRange = HighDynamicRange()
    }

    /// The encoder's settings. Size and layout are set when the first picture is known.
    /// - Throws: ``TranscodeError/noEncoder(codec:)``, ``TranscodeError/settings(reason:)``.
    static func make(_ request: Request) throws(TranscodeError) -> VideoEncoderSettings {
        let settings = request.settings
        guard let encoder = encoders(settings.codec).first(where: { EncoderContext.isInstalled($0.name) })
        else {
            throw .noEncoder(codec: settings.codec.rawValue)
        }
        var options = try options(encoder.name, encoder.crf, request)
        var flags = request.hasGlobalHeader ? "+global_header" : ""
        if request.isBitExact { flags += "+bitexact" }
        if !flags.isEmpty { options["flags"] = flags }
        let interval = settings.keyframeSeconds.map { max(1, Int(($0 * request.frameRate).rounded(.up))) }
        // libvpx takes 0 bits a second for "the quality decides"; others ignore it.
        return VideoEncoderSettings(
            encoder: encoder.name, width: 0, height: 0, pixelFormat: .yuv420p, range: .limited,
            timeBase: request.timeBase, frameRate: request.frameRate,
            bitRate: settings.bitRate ?? (settings.codec == .vp9 ? 0 : nil), keyframeInterval: interval ?? 0,
            threads: request.isBitExact ? bitExactThreads : request.threads, options: options)
    }

    private static func options(_ encoder: String, _ usualCRF: Double, _ request: Request)
        throws(TranscodeError)
        -> [String: String]
    {
        let settings = request.settings
        var options: [String: String] = [:]
        if settings.bitRate == nil {
            let crf = settings.crf ?? usualCRF
            options["crf"] = crf == crf.rounded() ? "\(Int(crf))" : "\(crf)"
        }
        switch encoder {
        case "libx264": try x264(&options, request)
        case "libx265": try x265(&options, request)
        case "libvpx-vp9": try vp9(&options, request)
        case "libsvtav1": try svt(&options, request)
        default: try aom(&options, request)
        }
        return options
    }

    private static func x264(_ options: inout [String: String], _ request: Request) throws(TranscodeError) {
        options["preset"] = try name(request.settings.preset)
        options["forced-idr"] = "1"
        // x264 chooses some algorithms by the processor otherwise.
        if request.isBitExact { options["x264-params"] = "cpu-independent=1" }
    }

    private static func x265(_ options: inout [String: String], _ request: Request) throws(TranscodeError) {
        options["preset"] = try name(request.settings.preset)
        options["forced-idr"] = "1"
        var parameters = ["log-level=error"]
        if request.isBitExact {
            // Without a pool of its own size, one core turns wavefronts off and so changes the stream.
            parameters += ["pools=\(bitExactThreads)", "frame-threads=1", "info=0"]
        }
        parameters += HighDynamicRangeOptions.x265(request.highDynamicRange)
        options["x265-params"] = parameters.joined(separator: ":")
    }

    private static func vp9(_ options: inout [String: String], _ request: Request) throws(TranscodeError) {
        options["deadline"] = "good"
        options["cpu-used"] = try number(request.settings.preset, 0...8, usual: 4, codec: "VP9")
        options["row-mt"] = "1"
        options["tile-columns"] = "2"
    }

    private static func svt(_ options: inout [String: String], _ request: Request) throws(TranscodeError) {
        options["preset"] = try number(request.settings.preset, 0...13, usual: 8, codec: "AV1")
        options["crf"] = options["crf"].map { "\(Int((Double($0) ?? 35).rounded()))" }
        let parameters =
            (request.isBitExact ? ["lp=1"] : []) + HighDynamicRangeOptions.svt(request.highDynamicRange)
        if !parameters.isEmpty { options["svtav1-params"] = parameters.joined(separator: ":") }
        // It writes its settings to the terminal otherwise.
        setenv("SVT_LOG", "1", 0)
    }

    private static func aom(_ options: inout [String: String], _ request: Request) throws(TranscodeError) {
        options["cpu-used"] = try number(request.settings.preset, 0...8, usual: 6, codec: "AV1")
        options["row-mt"] = "1"
    }

    /// What x264 and x265 call their presets.
    private static let names = [
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
        "placebo",
    ]

    private static func name(_ text: String?) throws(TranscodeError) -> String {
        guard let text else { return "medium" }
        guard names.contains(text) else {
            throw .settings(
                reason:
                    "\(text) is no preset for H.264 and HEVC. Use one of \(names.joined(separator: ", ")).")
        }
        return text
    }

    private static func number(_ text: String?, _ range: ClosedRange<Int>, usual: Int, codec: String)
        throws(TranscodeError) -> String
    {
        guard let text else { return "\(usual)" }
        guard let value = Int(text), range.contains(value) else {
            throw .settings(
                reason: "\(text) is no preset for \(codec). Use \(range.lowerBound) (slow, good) to"
                    + " \(range.upperBound) (fast).")
        }
        return "\(value)"
    }
}

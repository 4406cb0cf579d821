/// One result of a transcode: a container with pictures, sound, or both.
public struct RenditionSettings: Sendable, Hashable, Codable {
    /// File format.
    public var container: OutputContainer
    /// The pictures; `nil` leaves them out.
    public var video: VideoSettings?
    /// The sound; `nil` leaves it out.
    public var audio: AudioSettings?

    /// Settings from their parts.
    public init(container: OutputContainer, video: VideoSettings?, audio: AudioSettings?) {
        self.container = container
        self.video = video
        self.audio = audio
    }

    /// Checks what can be checked without a source.
    /// - Throws: ``TranscodeError/settings(reason:)`` with the value and what is allowed.
    public func validate() throws(TranscodeError) {
        guard video != nil || audio != nil else {
            throw .settings(reason: "A rendition needs pictures, sound, or both.")
        }
        if let video { try validate(video) }
        if let audio { try validate(audio) }
    }

    private func validate(_ video: VideoSettings) throws(TranscodeError) {
        guard container.holds(video.codec) else {
            throw .settings(
                reason: "\(container.rawValue) cannot hold \(video.codec.rawValue). Use"
                    + " \(container.defaultVideoCodec.rawValue), or another container such as mkv.")
        }
        try Self.check("width", video.width, 16...16384)
        try Self.check("height", video.height, 16...16384)
        try Self.check("bit rate", video.bitRate, 1000...1_000_000_000)
        guard video.bitDepth == 8 || video.bitDepth == 10 else {
            throw .settings(reason: "\(video.bitDepth) is no bit depth for video. Use 8 or 10.")
        }
        if let crf = video.crf, !(0...63).contains(crf) {
            throw .settings(reason: "A CRF of \(crf) is out of range. Use 0 to 51, or to 63 for VP9 and AV1.")
        }
        guard video.crf == nil || video.bitRate == nil else {
            throw .settings(reason: "CRF and bit rate exclude each other. Give one of them.")
        }
        if let seconds = video.keyframeSeconds, !(0.01...3600).contains(seconds) {
            throw .settings(reason: "\(seconds) s between keyframes is out of range. Use 0.01 to 3600.")
        }
    }

    private func validate(_ audio: AudioSettings) throws(TranscodeError) {
        guard container.holds(audio.codec) else {
            throw .settings(
                reason: "\(container.rawValue) cannot hold \(audio.codec.rawValue). Use"
                    + " \(container.defaultAudioCodec.rawValue), or another container such as mkv.")
        }
        try Self.check("audio bit rate", audio.bitRate, 1000...1_000_000)
        try Self.check("number of channels", audio.channels, 1...8)
        try Self.check("sample rate", audio.sampleRate, 8000...192_000)
    }

    private static func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws(TranscodeError)
    {
        guard let value, !range.contains(value) else { return }
        throw .settings(
            reason:
                "\(value) is out of range for the \(name). Use \(range.lowerBound) to \(range.upperBound).")
    }
}

/// What one track of a rendition must be. What is `nil` may be anything.
public struct StreamExpectation: Sendable, Hashable {
    /// Pictures or sound.
    public enum Kind: String, Sendable, CaseIterable {
        /// Pictures.
        case video
        /// Sound.
        case audio
    }

    /// Pictures or sound.
    public var kind: Kind
    /// FFmpeg's name of the codec, for instance `h264`.
    public var codec: String?
    /// Width in pixels.
    public var width: Int?
    /// Height in pixels.
    public var height: Int?
    /// Bits of one component.
    public var bitDepth: Int?
    /// Number of channels.
    public var channels: Int?
    /// Samples a second of one channel.
    public var sampleRate: Int?

    /// Anything of this kind.
    public init(kind: Kind) { self.kind = kind }

    static let keys = ["kind", "codec", "width", "height", "bitDepth", "channels", "sampleRate"]

    init(_ node: ManifestNode) throws(ManifestError) {
        let members = try node.members(Self.keys)
        guard let kind = members["kind"] else { throw node.missing("kind", "\"video\" or \"audio\"") }
        self.init(kind: try kind.choice(Kind.self))
        codec = try members["codec"]?.text("FFmpeg's name of a codec, such as \"h264\"")
        width = try members["width"]?.integer(1...65_535)
        height = try members["height"]?.integer(1...65_535)
        bitDepth = try members["bitDepth"]?.integer(1...32)
        channels = try members["channels"]?.integer(1...64)
        sampleRate = try members["sampleRate"]?.integer(1...768_000)
    }
}

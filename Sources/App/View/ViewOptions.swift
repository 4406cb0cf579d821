/// How `convene view` and `convene join` show a meeting.
public struct ViewOptions: Sendable {
    /// No window and no sound card: everything else is the same.
    public var isHeadless = false
    /// Whether sound is played.
    public var playsSound = true
    /// The height at which pictures are wanted at most, in pixels.
    public var maximumHeight: Int?
    /// Where the composed picture is written at the end, as PNG.
    public var snapshot: String?
    /// Where the statistics are written at the end, as JSON.
    public var statistics: String?

    /// Whether anybody will see pictures.
    var showsPictures: Bool { !isHeadless || snapshot != nil }

    /// A window with sound.
    public init() {}
}

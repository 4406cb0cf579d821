/// A pixel format that a camera offers.
public struct CameraFormatDescription: Sendable, Hashable, Codable {
    /// V4L2's code as text, for instance `YUYV`.
    public var code: String
    /// The driver's words for it.
    public var description: String
    /// The name to ask for it by, `nil` where the program cannot work with it.
    public var name: String?
    /// Whether pictures are compressed.
    public var isCompressed: Bool
    /// Whether libv4l2 would make it from another format.
    public var isEmulated: Bool
    /// Sizes; empty where the driver does not list them.
    public var sizes: [CameraSize]

    /// V4L2's code as a number.
    var fourCC: UInt32

    /// The format's description; `fourCC` is V4L2's code.
    package init(
        fourCC: UInt32, description: String, isCompressed: Bool, isEmulated: Bool, sizes: [CameraSize]
    ) {
        self.fourCC = fourCC
        self.description = description
        self.isCompressed = isCompressed
        self.isEmulated = isEmulated
        self.sizes = sizes
        code = fourCharacterCode(fourCC)
        name = CameraFormat(code: fourCC)?.name
    }

    /// The format, `nil` where the program cannot work with it.
    var format: CameraFormat? { CameraFormat(code: fourCC) }
}

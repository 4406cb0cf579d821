/// Something that a peer sent and that the protocol does not allow. The peer's fault.
public struct WireError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The stable code.
    public let code: ErrorCode
    /// For people: what is wrong, the value, what is allowed.
    public let message: String

    /// An error with its code and text.
    public init(_ code: ErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// `bad_room: …`
    public var description: String { "\(code.rawValue): \(message)" }
}

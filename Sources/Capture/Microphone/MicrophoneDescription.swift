/// A microphone of this machine.
public struct MicrophoneDescription: Sendable, Hashable, Codable {
    /// The name to ask for it by.
    public var device: String
    /// What the sound system calls it.
    public var description: String

    /// A description from its parts.
    public init(device: String, description: String) {
        self.device = device
        self.description = description
    }
}

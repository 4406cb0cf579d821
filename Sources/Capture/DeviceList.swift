/// The cameras and microphones of this machine, for people and for scripts (it encodes to JSON).
public struct DeviceList: Sendable, Hashable, Codable {
    /// Cameras in the order of their device numbers.
    public var cameras: [CameraDescription]
    /// Microphones, the sound server's default first.
    public var microphones: [MicrophoneDescription]

    /// A list from its parts.
    public init(cameras: [CameraDescription], microphones: [MicrophoneDescription]) {
        self.cameras = cameras
        self.microphones = microphones
    }

    /// What is there now. Opens each camera shortly, without disturbing a capture. May take some hundred
    /// milliseconds.
    public static func current() -> DeviceList {
        DeviceList(cameras: Camera.all(), microphones: MicrophoneList.current())
    }
}

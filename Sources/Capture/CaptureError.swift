/// What goes wrong between a device and the first raw picture or sample.
public enum CaptureError: Error, Sendable, Hashable {
    /// There is nothing at the path.
    case noSuchDevice(path: String)
    /// The path is no video capture device, or one that cannot stream.
    case notACaptureDevice(path: String)
    /// Another program uses the device.
    case busy(path: String)
    /// This user may not open the device.
    case permissionDenied(path: String)
    /// The device was there and has gone.
    case unplugged(path: String)
    /// The driver reports a fault while it captures.
    case deviceFault(path: String, operation: String, errno: Int32)
    /// The device captures, but nothing comes.
    case noFrame(path: String, seconds: Double, damaged: Int)
    /// The device does not offer the pixel format that was asked for, or none that can be used.
    case formatNotOffered(path: String, wanted: String?, offered: [String])
    /// The driver refuses a format that it had offered, or gives one that cannot be used.
    case formatRefused(path: String, format: String, reason: String)
    /// The driver refuses to start capturing.
    case streamRefused(path: String, operation: String, errno: Int32)
    /// Any other refusal of the driver.
    case operationFailed(path: String, operation: String, errno: Int32)
    /// The camera has no control of that name.
    case unknownControl(path: String, name: String, valid: [String])
    /// The value is none of those that the control takes.
    case controlValue(path: String, name: String, value: String, valid: String)
    /// The control is read-only, or cannot be set at present.
    case controlNotSettable(path: String, name: String, reason: String)
    /// A setting that no source can have.
    case invalidSetting(name: String, value: String, expected: String)
    /// The microphone cannot be opened.
    case microphoneUnavailable(device: String, reason: String)
    /// The microphone was open and has ended.
    case microphoneLost(device: String, reason: String)

    /// Whose fault an error is.
    public enum Kind: Sendable, Hashable {
        /// The request cannot be met; it has to be changed.
        case usage
        /// What was asked for is not there.
        case inputNotFound
        /// The device failed while it was used.
        case inputOutput
        /// The machine's state is in the way: permissions, other programs.
        case environment
    }

    /// Whose fault it is.
    public var kind: Kind {
        switch self {
        case .noSuchDevice, .notACaptureDevice, .microphoneUnavailable: .inputNotFound
        case .busy, .permissionDenied: .environment
        case .unplugged, .deviceFault, .noFrame, .formatRefused, .streamRefused, .operationFailed,
            .microphoneLost:
            .inputOutput
        case .formatNotOffered, .unknownControl, .controlValue, .controlNotSettable, .invalidSetting: .usage
        }
    }

    /// Whether the device is not there, or not any more: it may come back, so waiting for it makes sense.
    public var isDeviceGone: Bool {
        switch self {
        case .noSuchDevice, .unplugged: true
        default: false
        }
    }

    /// The error that an errno of the kernel stands for, from an operation on the device at `path`.
    static func from(errno code: Int32, path: String, operation: String) -> CaptureError {
        DeviceErrno(rawValue: code)?.error(path: path, operation: operation)
            ?? .operationFailed(path: path, operation: operation, errno: code)
    }
}

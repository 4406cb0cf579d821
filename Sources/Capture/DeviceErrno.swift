import Glibc

/// The errno values of device operations that mean one thing, whatever the operation.
enum DeviceErrno: Int32 {
    case noEntry = 2
    case inputOutput = 5
    case noSuchDeviceOrAddress = 6
    case accessDenied = 13
    case busy = 16
    case noDevice = 19
    case notPermitted = 1
    case notATypewriter = 25

    /// The error that it stands for.
    func error(path: String, operation: String) -> CaptureError {
        switch self {
        case .noEntry: .noSuchDevice(path: path)
        case .inputOutput: .deviceFault(path: path, operation: operation, errno: rawValue)
        case .accessDenied, .notPermitted: .permissionDenied(path: path)
        case .busy: .busy(path: path)
        case .noDevice, .noSuchDeviceOrAddress: .unplugged(path: path)
        case .notATypewriter: .notACaptureDevice(path: path)
        }
    }
}

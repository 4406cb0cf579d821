import Glibc

extension CaptureError: CustomStringConvertible {
    /// One line for people: what failed, the value, what to do.
    public var description: String {
        switch self {
        case .noSuchDevice, .notACaptureDevice, .busy, .permissionDenied, .unplugged: accessDescription
        case .deviceFault, .noFrame, .streamRefused, .operationFailed: deviceDescription
        case .formatNotOffered, .formatRefused: formatDescription
        case .unknownControl, .controlValue, .controlNotSettable, .invalidSetting: settingDescription
        case .microphoneUnavailable(let device, let reason):
            "Microphone \(device) cannot be opened: \(reason). See `convene devices` for what is there."
        case .microphoneLost(let device, let reason):
            "Microphone \(device) has stopped: \(reason). Check that it is still connected."
        }
    }

    private var accessDescription: String {
        switch self {
        case .noSuchDevice(let path):
            "There is no camera at \(path). See `convene devices` for what is there."
        case .notACaptureDevice(let path):
            "\(path) is not a video capture device. See `convene devices` for those that are."
        case .busy(let path):
            "Camera \(path) is busy. Close the other program that uses it, or choose another camera."
        case .permissionDenied(let path):
            "Camera \(path) may not be opened by this user. "
                + "Add the user to the group `video` and log in again."
        case .unplugged(let path):
            "Camera \(path) was unplugged. "
                + "Connect it again; with --wait-for-device capture goes on by itself."
        default: ""
        }
    }

    private var deviceDescription: String {
        switch self {
        case .deviceFault(let path, let operation, let code):
            "Camera \(path) reports a fault (\(operation): \(errorText(code))). "
                + "Reconnect it, and see `dmesg` for the driver's reason."
        case .noFrame(let path, let seconds, let damaged):
            "Camera \(path) delivers no picture for \(rateText(seconds)) s"
                + (damaged > 0 ? " (\(damaged) damaged ones were skipped). " : ". ")
                + "Check its cable, lens cover and privacy switch."
        case .streamRefused(let path, let operation, let code):
            "Camera \(path) refuses to start (\(operation): \(errorText(code))). "
                + "Try a smaller size or rate, or connect it to another USB port."
        case .operationFailed(let path, let operation, let code):
            "Camera \(path) cannot be used (\(operation): \(errorText(code))). "
                + "See `dmesg` for the driver's reason."
        default: ""
        }
    }

    private var formatDescription: String {
        switch self {
        case .formatNotOffered(let path, let wanted?, let offered):
            "Camera \(path) does not offer the pixel format \(wanted). It offers: \(list(offered))."
        case .formatNotOffered(let path, nil, let offered) where offered.contains("h264"):
            "Camera \(path) offers compressed pictures only: \(list(offered)). "
                + "Ask for them with --pixel-format h264."
        case .formatNotOffered(let path, nil, let offered):
            "Camera \(path) offers no pixel format that can be used, only: \(list(offered)). "
                + "Choose another camera."
        case .formatRefused(let path, let format, let reason):
            "Camera \(path) refuses \(format): \(reason). Choose another size or pixel format; "
                + "`convene devices` lists them."
        default: ""
        }
    }

    private var settingDescription: String {
        switch self {
        case .unknownControl(let path, let name, let valid):
            "Camera \(path) has no control `\(name)`. It has: \(list(valid))."
        case .controlValue(let path, let name, let value, let valid):
            "Control \(name) of camera \(path) cannot be `\(value)`. It takes \(valid)."
        case .controlNotSettable(let path, let name, let reason):
            "Control \(name) of camera \(path) cannot be set: \(reason)."
        case .invalidSetting(let name, let value, let expected):
            "\(name) cannot be `\(value)`. It takes \(expected)."
        default: ""
        }
    }

    private func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}

/// The kernel's text for an errno. Any thread: glibc keeps the text per thread.
func errorText(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
}

import CFFmpeg

/// One source that a libavdevice input offers, for instance a PulseAudio source.
public struct InputDevice: Sendable {
    /// What to open it by.
    public let name: String
    /// What people call it.
    public let description: String
    /// Whether the system prefers it.
    public let isDefault: Bool

    /// The sources of the input `format`, for instance `pulse`.
    /// - Returns: none where the input is not installed, cannot list, or its server does not run.
    public static func list(format: String) -> [InputDevice] {
        LibAVLog.redirect()
        guard (try? DeviceLibrary.load()) != nil, let input = av_find_input_format(format) else { return [] }
        return DeviceLibrary.sources(of: input)
    }
}

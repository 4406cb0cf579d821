internal import Glibc

/// Which microphone is meant: FFmpeg's name of the sound system, and that system's name of the device.
package struct MicrophoneName: Sendable, Hashable {
    /// `alsa` or `pulse`.
    package var system: String
    /// The device's name in that system.
    package var device: String

    /// The microphone that people mean by `text`.
    ///
    /// `pulse` and `alsa` are the defaults of these systems, `pulse:NAME` and `alsa:NAME` their devices;
    /// `default` is PulseAudio's default where its server runs, else ALSA's; anything else is an ALSA device,
    /// for instance `plughw:1,0`.
    package init(_ text: String, hasPulseServer: Bool) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let rest = parts.count == 2 && !parts[1].isEmpty ? parts[1] : "default"
        switch parts.first ?? "" {
        case "pulse": (system, device) = ("pulse", rest)
        case "alsa": (system, device) = ("alsa", rest)
        case "default" where parts.count == 1, "" where parts.count <= 1:
            (system, device) = (hasPulseServer ? "pulse" : "alsa", "default")
        default: (system, device) = ("alsa", text)
        }
    }

    /// Whether a PulseAudio server (or PipeWire in its place) can be expected to answer this user.
    package static var hasPulseServer: Bool {
        func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        if value("PULSE_SERVER") != nil { return true }
        let folder = value("PULSE_RUNTIME_PATH") ?? value("XDG_RUNTIME_DIR").map { $0 + "/pulse" }
        return folder.map { access($0 + "/native", R_OK | W_OK) == 0 } ?? false
    }
}

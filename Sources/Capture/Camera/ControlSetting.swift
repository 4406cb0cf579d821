/// A value to give to one of a camera's controls.
public struct ControlSetting: Sendable, Hashable {
    /// The control's name, for instance `brightness`.
    public var name: String
    /// The value as it was typed; what it may be depends on the control.
    public var value: String

    /// A setting from its parts.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// A setting from `name=value`.
    ///
    ///     try ControlSetting(parsing: "brightness=10")
    ///
    /// - Throws: ``CaptureError/invalidSetting(name:value:expected:)``.
    public init(parsing text: String) throws(CaptureError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw .invalidSetting(
                name: "A camera control", value: text, expected: "NAME=VALUE, for instance brightness=10")
        }
        self.init(name: String(parts[0]), value: String(parts[1]))
    }
}

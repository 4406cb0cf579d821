/// One setting of a camera, as its driver describes it.
public struct CameraControl: Sendable, Hashable, Codable {
    /// What values it takes.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// A number from ``CameraControl/minimum`` to ``CameraControl/maximum``.
        case integer
        /// 0 or 1.
        case boolean
        /// One of ``CameraControl/menu``.
        case menu
        /// Pressed rather than set; any value does it.
        case button
        /// Bits, none beyond ``CameraControl/maximum``.
        case bitmask
        /// A kind that cannot be set here: 64-bit numbers, texts, compounds.
        case other
    }

    /// One entry of a menu.
    public struct MenuItem: Sendable, Hashable, Codable {
        /// The value that chooses it.
        public var value: Int
        /// What it says.
        public var name: String

        /// An entry from its parts.
        public init(value: Int, name: String) {
            self.value = value
            self.name = name
        }
    }

    /// V4L2's number of the control.
    var id: UInt32
    /// The name to set it by: the driver's, in lower case, with `_` for everything that is no letter or
    /// digit, as `v4l2-ctl` does it.
    public var name: String
    /// What values it takes.
    public var kind: Kind
    /// The least value.
    public var minimum: Int
    /// The greatest value.
    public var maximum: Int
    /// From one value to the next.
    public var step: Int
    /// The driver's default.
    public var defaultValue: Int
    /// The value at present, `nil` where it cannot be read.
    public var value: Int?
    /// The entries of a menu, empty for other kinds.
    public var menu: [MenuItem]
    /// Why it cannot be set at present, `nil` where it can.
    public var obstacle: String?

    /// A control from its parts.
    package init(
        id: UInt32, name: String, kind: Kind, minimum: Int, maximum: Int, step: Int, defaultValue: Int,
        value: Int? = nil, menu: [MenuItem] = [], obstacle: String? = nil
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.minimum = minimum
        self.maximum = maximum
        self.step = step
        self.defaultValue = defaultValue
        self.value = value
        self.menu = menu
        self.obstacle = obstacle
    }

    /// The name that the driver's `title` becomes.
    package static func name(fromTitle title: String) -> String {
        var name = ""
        var isSeparated = false
        for character in title.unicodeScalars {
            if character.isASCII, character.properties.isAlphabetic || character.properties.numericType != nil
            {
                if isSeparated, !name.isEmpty { name += "_" }
                isSeparated = false
                name += String(character).lowercased()
            } else {
                isSeparated = true
            }
        }
        return name
    }

    /// The number that `text` means for this control.
    ///
    /// Numbers are decimal or, after `0x`, hexadecimal; booleans may also be `on`, `off`, `true`, `false`,
    /// `yes`, `no`; a menu's entries may be named.
    ///
    /// - Throws: ``CaptureError/controlValue(path:name:value:valid:)`` or
    ///   ``CaptureError/controlNotSettable(path:name:reason:)``; `path` is the camera's, for the text.
    package func number(from text: String, path: String) throws(CaptureError) -> Int {
        guard kind != .other else {
            throw .controlNotSettable(path: path, name: name, reason: "it is not a number")
        }
        if kind == .button { return 0 }
        guard let number = parse(text), isValid(number) else {
            throw .controlValue(path: path, name: name, value: text, valid: validValues)
        }
        return number
    }

    /// The values that it takes, in words.
    package var validValues: String {
        switch kind {
        case .integer:
            "\(minimum) to \(maximum)" + (step > 1 ? " in steps of \(step)" : "")
        case .boolean: "0 (off) or 1 (on)"
        case .menu: menu.map { "\($0.value) (\($0.name))" }.joined(separator: ", ")
        case .bitmask: "bits of 0x\(String(UInt32(truncatingIfNeeded: maximum), radix: 16))"
        case .button, .other: "no value"
        }
    }

    private func parse(_ text: String) -> Int? {
        let lower = text.lowercased()
        if kind == .menu, let item = menu.first(where: { $0.name.lowercased() == lower }) {
            return item.value
        }
        if kind == .boolean {
            if ["on", "true", "yes"].contains(lower) { return 1 }
            if ["off", "false", "no"].contains(lower) { return 0 }
        }
        return lower.hasPrefix("0x") ? Int(lower.dropFirst(2), radix: 16) : Int(lower)
    }

    private func isValid(_ number: Int) -> Bool {
        switch kind {
        case .integer:
            number >= minimum && number <= maximum && (number - minimum) % max(step, 1) == 0
        case .boolean: number == 0 || number == 1
        case .menu: menu.contains { $0.value == number }
        case .bitmask: number >= 0 && number & ~maximum == 0
        case .button, .other: false
        }
    }
}

/// What rooms, people, sources and lines of chat may look like.
public enum NameRules {
    /// What is wrong with a room's name, or `nil`.
    ///
    /// Allowed: 1 to 64 of `A-Z a-z 0-9 . _ -`, the first not a dot. It is safe as a folder's name.
    public static func problem(ofRoom room: String) -> String? {
        let count = room.utf8.count
        guard count > 0 else { return "it is empty; use 1 to 64 of A-Z a-z 0-9 . _ -" }
        guard count <= WireLimits.maximumRoomNameBytes else {
            return "it has \(count) bytes; at most \(WireLimits.maximumRoomNameBytes) are allowed"
        }
        guard room.utf8.first != UInt8(ascii: ".") else { return "it starts with a dot" }
        let allowed = room.utf8.allSatisfy { isAlphanumeric($0) || [0x2E, 0x5F, 0x2D].contains($0) }
        return allowed ? nil : "it has a character other than A-Z a-z 0-9 . _ -"
    }

    /// What is wrong with a participant's name, or `nil`.
    ///
    /// Allowed: 1 to 64 Unicode scalars, not only spaces, no control characters.
    public static func problem(ofName name: String) -> String? {
        let scalars = name.unicodeScalars
        guard scalars.count <= WireLimits.maximumNameScalars else {
            return "it has \(scalars.count) characters; at most \(WireLimits.maximumNameScalars) are allowed"
        }
        guard scalars.contains(where: { !$0.properties.isWhitespace }) else { return "it is empty" }
        guard !scalars.contains(where: isControl) else { return "it has a control character" }
        return nil
    }

    /// What is wrong with a line of chat, or `nil`.
    ///
    /// Allowed: 1 to 4096 bytes of UTF-8, no control characters but tab and line feed.
    public static func problem(ofChat text: String) -> String? {
        let count = text.utf8.count
        guard count > 0 else { return "it is empty" }
        guard count <= WireLimits.maximumChatBytes else {
            return "it has \(count) bytes; at most \(WireLimits.maximumChatBytes) are allowed"
        }
        let bad = text.unicodeScalars.contains { isControl($0) && $0 != "\t" && $0 != "\n" }
        return bad ? "it has a control character" : nil
    }

    /// What is wrong with a track's source name, or `nil`. Allowed: 1 to 32 of `a-z 0-9 -`.
    public static func problem(ofSource source: String) -> String? {
        let bytes = source.utf8
        guard (1...WireLimits.maximumSourceBytes).contains(bytes.count) else {
            return "it has \(bytes.count) bytes; 1 to \(WireLimits.maximumSourceBytes) are allowed"
        }
        let allowed = bytes.allSatisfy { isSlugByte($0) || $0 == UInt8(ascii: "-") }
        return allowed ? nil : "it has a character other than a-z 0-9 -"
    }

    /// What is wrong with a participant's identifier, or `nil`. Allowed: 1 to 64 of `a-z 0-9 -`.
    public static func problem(ofParticipant identifier: String) -> String? {
        let bytes = identifier.utf8
        guard (1...WireLimits.maximumParticipantBytes).contains(bytes.count) else {
            return "it has \(bytes.count) bytes; 1 to \(WireLimits.maximumParticipantBytes) are allowed"
        }
        let allowed = bytes.allSatisfy { isSlugByte($0) || $0 == UInt8(ascii: "-") }
        return allowed ? nil : "it has a character other than a-z 0-9 -"
    }

    /// The participant identifier that a name asks for: lower-case ASCII letters and digits, everything between
    /// them one hyphen, at most 40 bytes, `participant` where nothing is left.
    public static func slug(of name: String) -> String {
        var slug = ""
        var gap = false
        for scalar in name.unicodeScalars {
            let byte = scalar.isASCII ? UInt8(scalar.value) : 0
            guard isAlphanumeric(byte) else {
                gap = !slug.isEmpty
                continue
            }
            let needed = gap ? 2 : 1
            guard slug.utf8.count + needed <= WireLimits.maximumParticipantSlugBytes else { break }
            if gap { slug += "-" }
            gap = false
            slug.unicodeScalars.append(Unicode.Scalar(byte >= 0x41 && byte <= 0x5A ? byte + 0x20 : byte))
        }
        return slug.isEmpty ? "participant" : slug
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    private static func isSlugByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isSlugByte(byte) || (0x41...0x5A).contains(byte)
    }
}

/// The address of a room: `convene://host[:port]/room`.
public struct ConveneURL: Sendable, Hashable, CustomStringConvertible {
    /// Why a text is not such an address.
    public struct ParseError: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong, the value, and how it should be.
        public let description: String

        init(_ text: String, _ problem: String) {
            let shown = text.prefix(200)
            description =
                "The address \"\(shown)\" \(problem). Write convene://HOST[:PORT]/ROOM, "
                + "for example convene://meet.example.org/standup."
        }
    }

    /// Host name or IP address; an IPv6 address without its brackets, a zone behind a `%`.
    public let host: String
    /// TCP port, 1 to 65535.
    public let port: Int
    /// Room name, a valid one.
    public let room: String

    /// The address in `text`.
    /// - Throws: ``ParseError`` that says what is wrong with it.
    public init(_ text: String) throws(ParseError) {
        let scheme = "convene://"
        guard text.utf8.count <= 1024 else { throw ParseError(text, "is too long") }
        guard text.lowercased().hasPrefix(scheme) else {
            throw ParseError(text, "does not start with \(scheme)")
        }
        let rest = text.dropFirst(scheme.count)
        guard let slash = rest.firstIndex(of: "/") else { throw ParseError(text, "names no room") }
        var room = rest[rest.index(after: slash)...]
        if room.hasSuffix("/") { room = room.dropLast() }
        guard !room.isEmpty else { throw ParseError(text, "names no room") }
        if let error = NameRules.problem(ofRoom: String(room)) {
            throw ParseError(text, "has a room name that is not allowed: \(error)")
        }
        let (host, port) = try Self.authority(rest[..<slash], in: text)
        self.host = host
        self.port = port
        self.room = String(room)
    }

    private static func authority(
        _ authority: Substring, in text: String
    ) throws(ParseError) -> (host: String, port: Int) {
        var host = String(authority)
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else {
                throw ParseError(text, "has an IPv6 address without its closing bracket")
            }
            let literal = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else {
                throw ParseError(text, "has \"\(after)\" after the IPv6 address")
            }
            if !after.isEmpty { portText = after.dropFirst() }
            guard let address = IPv6Literal.host(inBrackets: literal) else {
                throw ParseError(text, "has no IPv6 address in its brackets")
            }
            host = address
        } else if let colon = authority.firstIndex(of: ":") {
            host = String(authority[..<colon])
            portText = authority[authority.index(after: colon)...]
            if portText?.contains(":") == true {
                throw ParseError(text, "has an IPv6 address without brackets")
            }
        }
        guard !host.isEmpty else { throw ParseError(text, "names no host") }
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "@") }) else {
            throw ParseError(text, "has a character in its host that is not allowed")
        }
        guard let portText else { return (host, WireLimits.defaultPort) }
        guard let port = Int(portText), (1...65_535).contains(port), portText.first != "+" else {
            throw ParseError(text, "has the port \"\(portText)\", which is not a number from 1 to 65535")
        }
        return (host, port)
    }

    /// The address as text, always with its port.
    public var description: String {
        "convene://\(IPv6Literal.bracketed(host)):\(port)/\(room)"
    }
}

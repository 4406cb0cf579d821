/// An IPv6 address with its zone as addresses of the web write it: `[fe80::1%25eth0]` (RFC 3986 §3.2.2, RFC 6874 §2).
public enum IPv6Literal {
    private static let separator = "%25"

    /// The address as the system takes it, `fe80::1%eth0`, or `nil` if there is none between the brackets.
    ///
    /// A zone behind a bare `%`, as people type it, is taken too.
    /// - Parameter text: what stands between the brackets.
    public static func host(inBrackets text: some StringProtocol) -> String? {
        let text = String(text)
        guard let percent = text.firstIndex(of: "%") else { return isAddress(text) ? text : nil }
        let (address, rest) = (String(text[..<percent]), text[percent...])
        let isEncoded = rest.hasPrefix(separator)
        let written = rest.dropFirst(isEncoded ? separator.count : 1)
        guard isAddress(address), let zone = isEncoded ? decoded(written) : String(written), isZone(zone)
        else {
            return nil
        }
        return "\(address)%\(zone)"
    }

    /// A host with brackets around it if it is an IPv6 address, its zone encoded.
    public static func bracketed(_ host: String) -> String {
        guard host.contains(":") else { return host }
        guard let percent = host.firstIndex(of: "%") else { return "[\(host)]" }
        let zone = host[host.index(after: percent)...].utf8.map { byte in
            isUnreserved(byte) ? String(UnicodeScalar(byte)) : "%" + hexadecimal(byte)
        }
        return "[\(host[..<percent])\(separator)\(zone.joined())]"
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }

    private static func isAddress(_ text: String) -> Bool {
        text.contains(":")
            && text.utf8.allSatisfy {
                isDigit($0) || isLetter($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
            }
    }

    /// Whether it can be the name of a network interface: the kernel keeps 15 bytes.
    private static func isZone(_ text: String) -> Bool {
        (1...15).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/[]%:@".utf8.contains($0) }
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || "-._~".utf8.contains(byte)
    }
}

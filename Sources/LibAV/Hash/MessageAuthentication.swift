/// Codes that only the owner of a secret key can make: HMAC-SHA256 (RFC 2104, RFC 6234 §8.3). May be used from any thread.
///
///     let seal = MessageAuthentication(key: key)
///     let code = try seal.code(of: message)
public struct MessageAuthentication: Sendable {
    /// The block of SHA-256, in bytes (FIPS 180-4 §5.2.1).
    private static let blockLength = 64

    private let inner: [UInt8]
    private let outer: [UInt8]

    /// A seal with this key; 32 random bytes are a good one.
    /// - Throws: where there is no memory.
    public init(key: [UInt8]) throws(AVError) {
        var block = key
        if key.count > Self.blockLength {
            let digest = try SHA256()
            digest.update(key)
            block = digest.finishBytes()
        }
        block += [UInt8](repeating: 0, count: Self.blockLength - block.count)
        inner = block.map { $0 ^ 0x36 }
        outer = block.map { $0 ^ 0x5C }
    }

    /// The code of `message`: 32 bytes.
    /// - Throws: where there is no memory.
    public func code(of message: [UInt8]) throws(AVError) -> [UInt8] {
        let first = try SHA256()
        first.update(inner)
        first.update(message)
        let second = try SHA256()
        second.update(outer)
        second.update(first.finishBytes())
        return second.finishBytes()
    }
}

/// Whoever prints it, or what contains it, prints no key.
extension MessageAuthentication: CustomStringConvertible, CustomReflectable {
    /// Nothing of the key.
    public var description: String { "MessageAuthentication" }

    /// Without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

import Media
import Wire

/// Who a participant is, as far as a secret for coming back tells.
package struct ResumeClaims: Sendable, Hashable {
    /// The room.
    package var room: String
    /// The participant's identifier.
    package var participant: String
    /// Which of the room's meetings.
    package var meeting: UInt64
    /// Until when the secret is good, in seconds of the Unix epoch.
    package var expiry: Int64
    /// A number that was drawn when the participant first came: an identifier that was given to somebody else since is not
    /// proven by an old secret.
    package var person: UInt64

    /// Claims from their parts.
    package init(room: String, participant: String, meeting: UInt64, expiry: Int64, person: UInt64 = 0) {
        self.room = room
        self.participant = participant
        self.meeting = meeting
        self.expiry = expiry
        self.person = person
    }
}

/// Makes the secrets with which participants come back, and knows its own again, also those of an earlier run of the server
/// with the same key.
///
/// A secret is this, in hexadecimal digits:
///
/// ```
/// | version u8 | meeting u64 | expiry i64 | person u64 | length u8, room… | length u8, participant… | code of all before, 32 bytes |
/// ```
///
/// May be used from any thread.
package final class ResumeSecrets: Sendable {
    private static let version: UInt8 = 1
    private static let codeLength = 32
    /// What the code is for: no other use of the same key makes the same one.
    private static let purpose = Array("convene resume ".utf8)
    /// Seconds for which a secret is good. Each return gives a new one, so that only a connection that holds for longer than
    /// this ever has one that has expired.
    private static let lifetime: Int64 = 90 * 86_400

    /// Seconds after which a secret no longer shows that its meeting was on a moment ago.
    private static let recency: Int64 = 86_400

    private let authenticate: @Sendable ([UInt8]) -> [UInt8]?

    /// - Parameter authenticate: the code of bytes, 32 bytes that only the owner of the key can make; `nil` where that fails.
    package init(authenticate: @escaping @Sendable ([UInt8]) -> [UInt8]?) {
        self.authenticate = authenticate
    }

    /// When a secret that is made now expires.
    static func expiry(_ wallNanoseconds: Int64) -> Int64 { wallNanoseconds / 1_000_000_000 + lifetime }

    /// Whether the secret of these claims was made so lately that its meeting may still be on.
    static func isRecent(_ claims: ResumeClaims, wallNanoseconds: Int64) -> Bool {
        claims.expiry >= expiry(wallNanoseconds) - recency
    }

    /// The secret for these claims; `nil` where no code can be made.
    package func secret(for claims: ResumeClaims) -> String? {
        var bytes = [Self.version]
        for value in [claims.meeting, UInt64(bitPattern: claims.expiry), claims.person] {
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
        }
        for text in [claims.room, claims.participant] {
            guard let length = UInt8(exactly: text.utf8.count) else { return nil }
            bytes.append(length)
            bytes += Array(text.utf8)
        }
        guard let code = authenticate(Self.purpose + bytes), code.count == Self.codeLength else { return nil }
        let secret = Self.hexadecimal(bytes + code)
        return secret.utf8.count <= WireLimits.maximumResumeBytes ? secret : nil
    }

    /// What a secret of ours claims; `nil` where it is none, is of another room, or has expired.
    package func claims(of secret: String, room: String, wallNanoseconds: Int64) -> ResumeClaims? {
        guard let bytes = Self.bytes(secret), bytes.count > Self.codeLength else { return nil }
        let message = Array(bytes.dropLast(Self.codeLength))
        guard let code = authenticate(Self.purpose + message),
            Self.areEqual(code, bytes.suffix(Self.codeLength)), let claims = Self.parse(message),
            claims.room == room, claims.expiry >= wallNanoseconds / 1_000_000_000
        else { return nil }
        return claims
    }

    private static func parse(_ message: [UInt8]) -> ResumeClaims? {
        var rest = message[...]
        func number() -> UInt64? {
            guard rest.count >= 8 else { return nil }
            defer { rest = rest.dropFirst(8) }
            return rest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        func text() -> String? {
            guard let length = rest.popFirst(), rest.count >= Int(length) else { return nil }
            defer { rest = rest.dropFirst(Int(length)) }
            return String(validating: rest.prefix(Int(length)), as: UTF8.self)
        }
        guard rest.popFirst() == version, let meeting = number(), let expiry = number(),
            let person = number(), let room = text(), let participant = text(), rest.isEmpty,
            NameRules.problem(ofParticipant: participant) == nil
        else { return nil }
        return ResumeClaims(
            room: room, participant: participant, meeting: meeting, expiry: Int64(bitPattern: expiry),
            person: person)
    }

    /// Compares in a time that tells nothing of where they differ.
    private static func areEqual(_ left: [UInt8], _ right: ArraySlice<UInt8>) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

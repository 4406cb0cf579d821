import LibAV
import NIOCore
import Relay
import Synchronization
import Testing
import Wire

@Suite struct ResumeSecretsTests {
    private static let now: Int64 = 1_800_000_000_000_000_000
    private static let claims = ResumeClaims(
        room: "stand-up_1.x", participant: "anna-2", meeting: .max - 5, expiry: now / 1_000_000_000 + 60)

    private func secrets(_ key: UInt8) throws -> ResumeSecrets {
        let authentication = try MessageAuthentication(key: [UInt8](repeating: key, count: 32))
        return ResumeSecrets { try? authentication.code(of: $0) }
    }

    private func claims(of secret: String, _ secrets: ResumeSecrets, now: Int64 = now) -> ResumeClaims? {
        secrets.claims(of: secret, room: Self.claims.room, wallNanoseconds: now)
    }

    @Test func itsOwnSecretIsKnownAgainAlsoByTheNextRun() throws {
        let secret = try #require(try secrets(1).secret(for: Self.claims))
        #expect(secret.utf8.count <= WireLimits.maximumResumeBytes)
        #expect(claims(of: secret, try secrets(1)) == Self.claims)
        #expect(claims(of: secret, try secrets(2)) == nil)
    }

    @Test func theLongestNamesFit() throws {
        var longest = Self.claims
        longest.room = String(repeating: "r", count: WireLimits.maximumRoomNameBytes)
        longest.participant = String(repeating: "p", count: WireLimits.maximumParticipantBytes)
        let known = try secrets(1)
        let secret = try #require(known.secret(for: longest))
        #expect(known.claims(of: secret, room: longest.room, wallNanoseconds: Self.now) == longest)
    }

    @Test func whatIsChangedCutOrOfSomethingElseIsNone() throws {
        let known = try secrets(1)
        let secret = try #require(known.secret(for: Self.claims))
        for index in secret.utf8.indices {
            var bytes = Array(secret.utf8)
            let place = secret.utf8.distance(from: secret.utf8.startIndex, to: index)
            bytes[place] = bytes[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            #expect(claims(of: String(decoding: bytes, as: UTF8.self), known) == nil)
            #expect(claims(of: String(secret.prefix(place)), known) == nil)
        }
        for text in ["", "é", "zz", secret + "0", secret + "00", secret.uppercased()] {
            #expect(claims(of: text, known) == nil)
        }
        #expect(known.claims(of: secret, room: "other", wallNanoseconds: Self.now) == nil)
        #expect(claims(of: secret, known, now: Self.now + 60_000_000_000) != nil)
        #expect(claims(of: secret, known, now: Self.now + 61_000_000_000) == nil)
    }

    /// The folder of a hostile archive may have a key that its maker knows.
    @Test func aNameThatIsNoIdentifierIsNone() throws {
        let known = try secrets(1)
        for participant in ["", "../x", "Anna", "a/b", String(repeating: "p", count: 65)] {
            var hostile = Self.claims
            hostile.participant = participant
            let secret = try #require(known.secret(for: hostile))
            #expect(claims(of: secret, known) == nil)
        }
    }
}

@Suite struct KeptPlacesTests {
    private final class Gone: Sendable {
        private let state = Mutex<[Int]>([])
        var all: [Int] { state.withLock { $0 } }
        func add(_ number: Int) { state.withLock { $0.append(number) } }
    }

    private func address(_ last: Int) throws -> ClientAddress? {
        ClientAddress(try SocketAddress(ipAddress: "10.0.0.\(last)", port: 1))
    }

    @Test func theOldestGoesFirst() throws {
        let (places, gone) = (KeptPlaces(maximum: 3, perAddress: 100), Gone())
        let ids = try (0..<3).map { number in
            places.keep(try address(number)) { gone.add(number) }
        }
        places.remove(ids[0])
        for number in 3..<6 { _ = places.keep(try address(number)) { gone.add(number) } }
        #expect(gone.all == [1, 2] && places.count == 3)
        places.remove(ids[1])
        #expect(places.count == 3)
    }

    @Test func anAddressHasItsShare() throws {
        let (places, gone) = (KeptPlaces(maximum: 100, perAddress: 2), Gone())
        _ = places.keep(try address(1)) { gone.add(100) }
        for number in 0..<50 { _ = places.keep(try address(2)) { gone.add(number) } }
        #expect(gone.all == Array(0..<48) && places.count == 3)
    }
}

import LibAV
import Testing

@Suite("Secrets")
struct SecretTests {
    @Test func aKeyIsNotPrinted() throws {
        struct Holder { let seal: MessageAuthentication }
        let seal = try MessageAuthentication(key: [UInt8](repeating: 200, count: 32))
        let holder = Holder(seal: seal)
        var dumped = ""
        dump(holder, to: &dumped)
        for text in ["\(seal)", "\(holder)", String(reflecting: holder), dumped] {
            let words = Set(text.split { !$0.isLetter && !$0.isNumber }.map(String.init))
            // 200, and what it is with the pads of HMAC.
            #expect(words.isDisjoint(with: ["200", "\(200 ^ 0x36)", "\(200 ^ 0x5C)"]), "\(text)")
        }
    }
}

import Testing
import Wire

@Suite struct ConveneURLTests {
    @Test(arguments: [
        ("convene://host/room", "host", 7650, "room"), ("convene://host:1/r", "host", 1, "r"),
        ("CONVENE://10.0.0.1:65535/a.b_C-9/", "10.0.0.1", 65_535, "a.b_C-9"),
        ("convene://[::1]/r", "::1", 7650, "r"), ("convene://[fe80::1%eth0]:99/r", "fe80::1%eth0", 99, "r"),
        ("convene://[fe80::1%25lo]/r", "fe80::1%lo", 7650, "r"),
        ("convene://[fe80::1%25wl%2Bx.5-a_b~]:1/r", "fe80::1%wl+x.5-a_b~", 1, "r"),
    ])
    func addressesAreRead(text: String, host: String, port: Int, room: String) throws {
        let url = try ConveneURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.room == room)
        #expect(try ConveneURL(url.description) == url)
    }

    @Test(arguments: [
        "", "host/room", "http://host/room", "convene://", "convene://host", "convene://host/",
        "convene:///room",
        "convene://host:0/r", "convene://host:65536/r", "convene://host:/r", "convene://host:+1/r",
        "convene://host:x/r", "convene://::1/r", "convene://[::1/r", "convene://[]/r", "convene://[::1]x/r",
        "convene://[fe80::1%25]/r", "convene://[fe80::1%]/r", "convene://[fe80::1%25a%2]/r",
        "convene://[fe80::1%25a%2Fb]/r", "convene://[fe80::1%25a%00]/r",
        "convene://[fe80::1%250123456789abcdef]/r",
        "convene://[host]/r", "convene://ho st/r", "convene://me@host/r", "convene://host/.r",
        "convene://host/a/b",
        "convene://host/é", "convene://host/a?b",
    ])
    func otherTextsAreRefusedWithTheRightForm(text: String) {
        let error = #expect(throws: ConveneURL.ParseError.self) { try ConveneURL(text) }
        #expect(error?.description.contains("convene://HOST[:PORT]/ROOM") == true)
    }

    @Test func roomNamesAreLimited() {
        #expect(NameRules.problem(ofRoom: String(repeating: "a", count: 64)) == nil)
        #expect(NameRules.problem(ofRoom: String(repeating: "a", count: 65)) != nil)
        for bad in ["", ".", "..", "a/b", "a b", "ä", "a\0"] {
            #expect(NameRules.problem(ofRoom: bad) != nil)
        }
    }

    @Test func namesAndChatAreLimited() {
        #expect(NameRules.problem(ofName: String(repeating: "é", count: 64)) == nil)
        #expect(NameRules.problem(ofName: String(repeating: "a", count: 65)) != nil)
        for bad in ["", "  ", "a\nb", "\u{1B}[2J", "a\u{2028}"] {
            #expect(NameRules.problem(ofName: bad) != nil)
        }
        #expect(NameRules.problem(ofChat: String(repeating: "a", count: 4096)) == nil)
        #expect(NameRules.problem(ofChat: String(repeating: "a", count: 4097)) != nil)
        #expect(NameRules.problem(ofChat: "a\n\tb") == nil)
        for bad in ["", "\u{1B}[2J", "a\r"] { #expect(NameRules.problem(ofChat: bad) != nil) }
    }

    @Test(arguments: [
        ("Anna", "anna"), ("Anna B. Čapek", "anna-b-apek"), ("  --x--  ", "x"), ("日本", "participant"),
        ("../../etc/passwd", "etc-passwd"), ("", "participant"),
        (String(repeating: "ab ", count: 40), "ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-a"),
    ])
    func slugsAreSafeFileNames(name: String, slug: String) {
        #expect(NameRules.slug(of: name) == slug)
        #expect(NameRules.slug(of: name).utf8.count <= WireLimits.maximumParticipantSlugBytes)
    }
}

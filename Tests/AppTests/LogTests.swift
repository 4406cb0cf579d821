import App
import Foundation
import Logging
import Testing

@Suite struct LogTests {
    @Test func aLineIsOneLineWhateverAPeerWrites() {
        let line = LineLog.line(
            time: Date(timeIntervalSince1970: 0.5), level: .info, message: "refused",
            fields: [
                "address": "192.0.2.7", "message": "is \"x\n2026 info joined\u{1B}[2J\u{202E}\"",
                "code": "bad_track",
                "empty": "",
            ])
        #expect(
            line == "1970-01-01T00:00:00.500Z info refused address=192.0.2.7 code=bad_track empty=\"\" "
                + #"message="is \"x\n2026 info joined\u{1b}[2J\u{202e}\"""#)
        #expect(!line.unicodeScalars.contains { VisibleText.isHidden($0) })
    }

    @Test func everyHiddenCharacterIsEscaped() {
        for value in UInt32(0)...0x2100 {
            guard let scalar = Unicode.Scalar(value), VisibleText.isHidden(scalar) else { continue }
            let text = "a" + String(Character(scalar)) + "b"
            #expect(!VisibleText.escaped(text).unicodeScalars.contains(scalar))
            #expect(!VisibleText.word(text).unicodeScalars.contains(scalar))
        }
        #expect(VisibleText.escaped("Zoë 你好 שלום 👋") == "Zoë 你好 שלום 👋")
    }

    @Test func aFloodOfOneKindFromOneAddressIsLimited() {
        let limiter = LogLimiter()
        var written = 0
        for index in 0..<100_000 {
            if limiter.admit("refused", of: "192.0.2.7", now: Double(index) / 10_000) != nil { written += 1 }
        }
        #expect(Double(written) <= LogLimiter.burst + 10 * LogLimiter.perSecond + 1)
        #expect(limiter.admit("refused", of: "192.0.2.8", now: 10) == 0)
        #expect(limiter.admit("joined", of: "192.0.2.7", now: 10) == 0)
        let skipped = limiter.admit("refused", of: "192.0.2.7", now: 100)
        #expect(skipped.map { $0 > 0 } == true)
    }

    @Test func kindsWithoutEndShareABucket() {
        let limiter = LogLimiter()
        var written = 0
        for index in 0..<50_000 where limiter.admit("kind \(index)", of: "a", now: 1) != nil { written += 1 }
        #expect(Double(written) <= Double(LogLimiter.maximumKinds) + LogLimiter.burst)
    }

    /// As many kinds from peers as are told apart, of each so many lines at `now`.
    private func provoke(_ limiter: LogLimiter, lines: Int, now: Double) {
        for kind in 0..<LogLimiter.maximumKinds {
            for _ in 0..<lines { _ = limiter.admit("kind \(kind)", of: "192.0.2.7", now: now) }
        }
    }

    /// How many of a hundred lines of a kind are written at `now`.
    private func written(_ message: String, of address: String, _ limiter: LogLimiter, now: Double) -> Int {
        (0..<100).count { _ in limiter.admit(message, of: address, now: now) != nil }
    }

    @Test func kindsOfLongAgoAreForgottenAndTheirLinesTold() {
        let limiter = LogLimiter()
        provoke(limiter, lines: Int(LogLimiter.burst) + 1, now: 0)
        #expect(limiter.admit("joined", of: "192.0.2.8", now: 1) == 0, "the bucket that all others share")
        // One line of each kind was left out, and each would be full again.
        #expect(limiter.admit("joined", of: "192.0.2.8", now: 100) == LogLimiter.maximumKinds)
        #expect(limiter.admit("joined", of: "192.0.2.8", now: 100) == 0, "told once")
        // Two kinds are told apart again.
        #expect(written("left", of: "192.0.2.8", limiter, now: 100) == Int(LogLimiter.burst))
        #expect(written("left", of: "192.0.2.9", limiter, now: 100) == Int(LogLimiter.burst))
    }

    @Test func peersDoNotDisplaceTheProgramsOwnLines() {
        let limiter = LogLimiter()
        provoke(limiter, lines: 1, now: 0)
        #expect(written("another", of: "192.0.2.7", limiter, now: 0) == Int(LogLimiter.burst))
        #expect(written("yet another", of: "192.0.2.7", limiter, now: 0) == 0, "shares a bucket with it")
        #expect(written("the disk is full", of: "", limiter, now: 0) == Int(LogLimiter.burst))
    }

    @Test func aFullTableIsNotSearchedAtEachLine() {
        let limiter = LogLimiter()
        provoke(limiter, lines: 1, now: 0)
        // A search takes about 0.1 ms, a line without one about 0.001 ms.
        let duration = ContinuousClock().measure {
            for line in 0..<300_000 { _ = limiter.admit("other \(line)", of: "192.0.2.7", now: 0) }
        }
        #expect(duration < .seconds(8))
    }

    @Test func aContainersLimitCounts() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        let inner = root.appending(path: "system.slice/convene.service")
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
        try "max\n".write(to: inner.appending(path: "memory.max"), atomically: true, encoding: .utf8)
        let groups = "0::/system.slice/convene.service\n"
        #expect(MachineMemory.limit(groups: groups, root: root.path) == nil)
        let outer = root.appending(path: "system.slice/memory.max")
        try "1073741824\n".write(to: outer, atomically: true, encoding: .utf8)
        #expect(MachineMemory.limit(groups: groups, root: root.path) == 1 << 30)
        try "536870912\n".write(to: inner.appending(path: "memory.max"), atomically: true, encoding: .utf8)
        #expect(MachineMemory.limit(groups: groups, root: root.path) == 1 << 29)
        #expect(MachineMemory.bytes() > 1 << 20)
        try ThreadSupply.check(4)
    }
}

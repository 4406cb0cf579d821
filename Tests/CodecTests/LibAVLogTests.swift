import LibAV
import Media
import Synchronization
import Testing

/// FFmpeg's log, which damaged streams fill with thousands of lines a second.
@Suite struct LibAVLogTests {
    /// Lines that came, in order.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private static let second: Int64 = 1_000_000_000

    private func time(seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds * Double(Self.second)))
    }

    /// Slices whose parameter sets never came: each makes some lines at level error.
    private static func decodeDamage(packets: Int) throws {
        let decoder = try DecoderContext(named: "h264", timeBase: .video)
        let frame = try OwnedFrame()
        for index in 0..<packets {
            let slice = Packet(
                pts: Int64(index), dts: Int64(index), duration: 1, flags: .keyframe,
                payload: [0, 0, 0, 1, 0x65, 0x88, 0x84, UInt8(index & 0x7f), 0x33, 0x44] as [UInt8])
            let packet = try OwnedPacket(copying: slice)
            do throws(AVError) { _ = try decoder.send(packet) } catch {
                guard error.isInvalidData else { throw error }
            }
            while (try? decoder.receive(into: frame)) == true {}
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aHundredThousandLinesNeitherOverflowTheStackNorFillTheLog() async throws {
        let lines = Lines()
        LibAVLog.install { _, line in lines.add(line) }
        let failure = Mutex<(any Error)?>(nil)
        let thread = try BlockingThread("damage") {
            do { try Self.decodeDamage(packets: 50_000) } catch { failure.withLock { $0 = error } }
        }
        await thread.wait()
        if let error = failure.withLock({ $0 }) { throw error }
        LibAVLog.sendCounts()
        let damage = lines.all.filter { $0.contains("h264: ") }
        #expect(damage.contains { $0.hasPrefix("h264: non-existing PPS") }, "\(lines.all.prefix(9))")
        #expect(damage.contains { $0.contains(" more lines like these in ") })
        #expect(damage.count < 20, "\(damage.count) lines")
    }

    @Test func aKindIsSaidOnceAndSummedUpEveryMinute() {
        var limiter = LineLimiter()
        #expect(limiter.take("error at MB 1 2", now: time(seconds: 1)) == ["error at MB 1 2"])
        for index in 0..<1000 {
            #expect(limiter.take("error at MB \(index) 7", now: time(seconds: 2)).isEmpty)
        }
        #expect(limiter.take("no frame!", now: time(seconds: 3)) == ["no frame!"])
        #expect(limiter.take("no frame!", now: time(seconds: 61)).isEmpty)
        #expect(
            limiter.take("no frame!", now: time(seconds: 62)) == [
                "1001 more lines like these in 60 s, 1000 like this one: error at MB 999 7"
            ])
        #expect(
            limiter.rest(now: time(seconds: 72))
                == "1 more lines like these in 10 s, 1 like this one: no frame!")
        #expect(limiter.rest(now: time(seconds: 73)) == nil)
    }

    @Test func newKindsComeAtAFewASecondAndAreNotForgotten() {
        var limiter = LineLimiter()
        let names = (0..<26).map { String(repeating: Character(UnicodeScalar(0x67 + UInt8($0))), count: 4) }
        let first = names.flatMap { limiter.take($0, now: time(seconds: 1)) }
        #expect(first == Array(names.prefix(LineLimiter.linesPerSecond)))
        let second = names.flatMap { limiter.take($0, now: time(seconds: 2)) }
        #expect(
            second == Array(names.dropFirst(LineLimiter.linesPerSecond).prefix(LineLimiter.linesPerSecond)))
    }

    /// What a peer sends may stand in a line: any number of kinds takes no more memory, and no more lines.
    @Test func kindsBeyondTheLimitAreOnlyCounted() {
        var limiter = LineLimiter()
        let alphabet = Array("ghijklmnopqrstuvwxyz")
        var said = 0
        for index in 0..<2000 {
            let (first, second, third) = (index % 20, index / 20 % 20, index / 400)
            let line = "kind \(alphabet[first])\(alphabet[second])\(alphabet[third])"
            said += limiter.take(line, now: time(seconds: Double(index) * 0.02)).count
        }
        #expect(said <= LineLimiter.maximumKinds)
        #expect(limiter.rest(now: time(seconds: 41))?.hasPrefix("\(2000 - said) more lines") == true)
    }

    @Test(arguments: [
        ("mb 12 at 0x55d0c0ffee00", "mb # at #"), ("2.5 of 10", "#.# of #"), ("face it", "face it"), ("", ""),
    ])
    func linesThatDifferInNumbersAreOfOneKind(_ line: String, _ shape: String) {
        #expect(LineLimiter.shape(line) == shape)
    }
}

import App
import Media
import Synchronization
import Testing

/// Threads that decode for any number of tracks.
@Suite(.timeLimit(.minutes(1))) struct DecodePoolTests {
    /// Notes what it was told to do.
    private final class Decoder: TrackDecoder {
        struct Log: Sendable {
            var stamps: [Int64] = []
            var rests = 0
            var finishes = 0
            var errors = 0
            var isBusy = false
            var overlaps = 0
        }

        let log = Mutex(Log())
        private let failsAt: Int64?
        private let gate: Mailbox<Int>?

        init(failsAt: Int64? = nil, gate: Mailbox<Int>? = nil) {
            self.failsAt = failsAt
            self.gate = gate
        }

        func decode(_ packet: Packet) throws {
            log.withLock { log in
                if log.isBusy { log.overlaps += 1 }
                log.isBusy = true
                log.stamps.append(packet.pts)
            }
            if let gate { _ = gate.next() }
            log.withLock { $0.isBusy = false }
            if packet.pts == failsAt { throw AppError("no use", status: .failure) }
        }

        func dropped(_ error: NoDecoderFree?) {}
        func rest() { log.withLock { $0.rests += 1 } }
        func finish() throws { log.withLock { $0.finishes += 1 } }
        func failed(_ error: any Error) { log.withLock { $0.errors += 1 } }
    }

    /// Needs a decoder of the pool for each packet, and notes what it was told to do.
    private final class Needy: TrackDecoder {
        struct Log: Sendable {
            var decoded: [Int64] = []
            var dropped = 0
            var reasons: [String] = []
            var errors = 0
            var isOpen = false
        }

        let log = Mutex(Log())
        private let pool: DecodePool

        init(_ pool: DecodePool) { self.pool = pool }

        func decode(_ packet: Packet) throws {
            if log.withLock({ !$0.isOpen }) { try pool.openDecoder() }
            log.withLock { log in
                log.isOpen = true
                log.decoded.append(packet.pts)
            }
        }

        func dropped(_ error: NoDecoderFree?) {
            log.withLock { log in
                log.dropped += 1
                if let error { log.reasons.append("\(error)") }
            }
        }

        func rest() {
            let wasOpen = log.withLock { log in
                defer { log.isOpen = false }
                return log.isOpen
            }
            if wasOpen { pool.closeDecoder() }
        }

        func finish() throws { rest() }
        func failed(_ error: any Error) { log.withLock { $0.errors += 1 } }
    }

    private func packet(_ pts: Int64, bytes: Int = 10, isKeyframe: Bool = true) -> Packet {
        Packet(
            pts: pts, dts: pts, duration: 1, flags: isKeyframe ? .keyframe : [],
            payload: [UInt8](repeating: 0, count: bytes))
    }

    @Test func aThousandTracksAreDecodedInOrderByTwoThreads() async {
        let pool = DecodePool("test", threads: 2, decoders: 10)
        let decoders = (0..<1000).map { _ in Decoder() }
        let lanes = decoders.map { DecodeLane($0, pool: pool, capacity: 1 << 20) }
        #expect(pool.threadCount == 0, "nothing came yet")
        for number in 0..<5 { for lane in lanes { #expect(lane.put(packet(Int64(number)))) } }
        #expect((1...2).contains(pool.threadCount))
        for lane in lanes { lane.close() }
        await pool.finish()
        for decoder in decoders {
            decoder.log.withLock { log in
                #expect(log.stamps == [0, 1, 2, 3, 4] && log.finishes == 1 && log.overlaps == 0)
            }
        }
        let areIdle = lanes.allSatisfy { $0.isIdle }
        #expect(areIdle)
    }

    @Test func whatWaitsIsBoundedForATrackAndForAll() async {
        let gate = Mailbox<Int>(capacity: 8)
        let pool = DecodePool("test", threads: 1, decoders: 10)
        let blocked = DecodeLane(Decoder(gate: gate), pool: pool, capacity: 1 << 20)
        #expect(blocked.put(packet(0)))
        // One track: its own capacity.
        let small = DecodeLane(Decoder(), pool: pool, capacity: 100_000)
        #expect(small.put(packet(0, bytes: 60_000)))
        #expect(!small.put(packet(1, bytes: 60_000)))
        // All tracks: 256 MiB, however many there are.
        var lanes: [DecodeLane] = []
        var taken = 0
        for _ in 0..<20 {
            let lane = DecodeLane(Decoder(), pool: pool, capacity: 32 << 20)
            lanes.append(lane)
            if lane.put(packet(0, bytes: 20 << 20)) { taken += 1 }
        }
        #expect(taken == 12)
        gate.close()
        for lane in lanes + [blocked, small] { lane.close() }
        await pool.finish()
    }

    @Test func afterAnErrorATrackTakesNothingMoreAndTheOthersGoOn() async {
        let pool = DecodePool("test", threads: 1, decoders: 10)
        let failing = Decoder(failsAt: 1)
        let other = Decoder()
        let lane = DecodeLane(failing, pool: pool, capacity: 1 << 20)
        let otherLane = DecodeLane(other, pool: pool, capacity: 1 << 20)
        for number in 0..<4 {
            _ = lane.put(packet(Int64(number)))
            #expect(otherLane.put(packet(Int64(number))))
        }
        lane.close()
        otherLane.close()
        await pool.finish()
        #expect(
            failing.log.withLock {
                $0.stamps == [0, 1] && $0.errors == 1 && $0.finishes == 0 && $0.rests == 1
            })
        #expect(!lane.put(packet(5)) && lane.isIdle)
        #expect(other.log.withLock { $0.stamps == [0, 1, 2, 3] && $0.finishes == 1 })
    }

    @Test func decodersAreCounted() throws {
        let pool = DecodePool("test", threads: 1, decoders: 2)
        try pool.openDecoder()
        try pool.openDecoder()
        #expect(throws: NoDecoderFree.self) { try pool.openDecoder() }
        pool.closeDecoder()
        try pool.openDecoder()
    }

    @Test func aTrackThatFindsNoDecoderTriesAgainAtEachKeyframe() async {
        let pool = DecodePool("test", threads: 1, decoders: 1)
        let (first, second) = (Needy(pool), Needy(pool))
        let lane = DecodeLane(first, pool: pool, capacity: 1 << 20)
        let other = DecodeLane(second, pool: pool, capacity: 1 << 20)
        // Waiting, so that the turns are the test's: no thread is started before the end.
        func decode(_ pts: Int64, isKeyframe: Bool, in lane: DecodeLane) {
            let isTaken = lane.put(packet(pts, isKeyframe: isKeyframe), waits: true)
            #expect(isTaken)
            _ = lane.takeTurn()
        }
        decode(0, isKeyframe: true, in: lane)
        for pts in 0..<3 as Range<Int64> { decode(pts, isKeyframe: pts == 0, in: other) }
        decode(3, isKeyframe: true, in: other)
        #expect(second.log.withLock { $0.decoded.isEmpty && $0.dropped == 4 && $0.errors == 0 })
        first.rest()
        decode(4, isKeyframe: false, in: other)
        #expect(second.log.withLock { $0.decoded.isEmpty && $0.dropped == 5 }, "depends on what was dropped")
        for pts in 5..<7 as Range<Int64> { decode(pts, isKeyframe: pts == 5, in: other) }
        #expect(second.log.withLock { $0.decoded == [5, 6] && $0.dropped == 5 })
        #expect(second.log.withLock { $0.reasons.count } == 1, "said once")
        // Now the first one has to wait.
        decode(8, isKeyframe: true, in: lane)
        #expect(first.log.withLock { $0.decoded == [0] && $0.dropped == 1 && $0.errors == 0 })
        lane.close()
        other.close()
        await pool.finish()
    }

    @Test func whatMayWaitIsLeftLyingUntilItsTurn() async {
        let pool = DecodePool("test", threads: 1, decoders: 1)
        let decoder = Decoder()
        let lane = DecodeLane(decoder, pool: pool, capacity: 1 << 20)
        #expect(lane.put(packet(0), waits: true) && lane.put(packet(1), waits: true))
        #expect(pool.threadCount == 0 && !lane.isIdle)
        lane.schedule()
        lane.rest()
        lane.close()
        await pool.finish()
        #expect(decoder.log.withLock { $0.stamps == [0, 1] && $0.rests == 1 && $0.finishes == 1 })
    }
}

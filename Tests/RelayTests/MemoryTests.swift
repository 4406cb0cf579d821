import Client
import Media
import NIOCore
import Relay
import Testing
import Wire

/// What peers can make a server keep, and how it gives that up.
@Suite(.timeLimit(.minutes(1))) struct MemoryTests {
    /// A timeout for which the server looks at its clock every quarter of a second.
    private static let often = 1.0

    /// Waits for a sum that a timer changes.
    private func wait(until isDone: () -> Bool) async throws {
        while !isDone() { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func aJoinerGetsAKeyframeThatIsLargerThanItsQueueMayBe() async throws {
        let memory = MemoryBudget(bytes: 1 << 30)
        try await TestRelay.run { configuration in
            configuration.subscriberQueueBytes = 100_000
            configuration.memory = memory
        } _: { relay in
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            publisher.send(packet(0, key: true, size: 3_000_000), on: video)
            try await wait { memory.used(for: .cache) > 2_900_000 }
            // On each of the loops, with the publisher and not.
            for _ in 0..<3 {
                let late = try await relay.viewer("Late").recorder
                await late.wait(forPacketAt: 0)
            }
            publisher.send(packet(1, size: 10_000), on: video)
            let late = try await relay.viewer("Late").recorder
            await late.wait(forPacketAt: 1)
            #expect(late.times(of: video) == [0, 1])
            let counters = await relay.server.counters()
            #expect(counters.droppedVideoPackets == 0 && counters.keyframeRequests <= 1)
        }
    }

    @Test func aCacheIsFreedThoughItsPublisherSaysNothingMore() async throws {
        let memory = MemoryBudget(bytes: 1 << 30)
        try await TestRelay.run { configuration in
            configuration.memory = memory
            // Long enough to be seen by whoever looks seldom, because other tests have the processor.
            configuration.gopCacheInSeconds = 5
            configuration.slowConsumerTimeoutInSeconds = Self.often
        } _: { relay in
            let publisher = try RawSocket(port: relay.port)
            try publisher.join("Anna")
            let track = try publisher.publish(.publish(ref: 1, track: WireTrack(videoDescription)))
            let header = MediaHeader(track: track, sequence: 0, packet: packet(0, key: true))
            let frame = try FrameEncoder.media(header, payload: [UInt8](repeating: 1, count: 2_000_000))
            publisher.send(Array(frame.readableBytesView))
            try await wait { memory.used(for: .cache) >= 2_000_000 - MemoryCharge.grain }
            try await wait { memory.used == 0 }
            publisher.send(.ping(time: 1))
            #expect(try publisher.message { $0.type == "pong" } != nil)
        }
        #expect(memory.used == 0)
    }

    @Test func memoryIsGivenBackWithItsConnection() async throws {
        let memory = MemoryBudget(bytes: 1 << 30)
        try await TestRelay.run {
            $0.memory = memory
        } _: { relay in
            var publisher: RawSocket? = try RawSocket(port: relay.port)
            try publisher?.join("Anna")
            let track = try #require(
                try publisher?.publish(.publish(ref: 1, track: WireTrack(videoDescription))))
            let header = MediaHeader(track: track, sequence: 0, packet: packet(0, key: true))
            let frame = try FrameEncoder.media(header, payload: [UInt8](repeating: 1, count: 2_000_000))
            publisher?.send(Array(frame.readableBytesView))
            publisher?.send(Array(frame.readableBytesView.prefix(1_000_000)))
            try await wait { memory.used(for: .cache) > 0 && memory.used(for: .input) >= 900_000 }
            publisher = nil
            try await wait { memory.used == 0 }
        }
    }

    @Test func aPlaceThatIsKeptHoldsNoUnfinishedFrame() async throws {
        let memory = MemoryBudget(bytes: 1 << 30)
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { configuration in
            configuration.memory = memory
            configuration.resumeInSeconds = 3600
        } _: { relay in
            var publisher: RawSocket? = try RawSocket(port: relay.port)
            publisher?.send(.hello(protocolVersion: 1, room: TestRelay.name, name: "Anna", resume: ""))
            _ = try publisher?.message { $0.type == "welcome" }
            _ = try publisher?.publish(.publish(ref: 1, track: WireTrack(videoDescription)))
            publisher?.send([0, 0x3F, 0xFF, 0xFF, 2] + [UInt8](repeating: 0, count: 1_000_000))
            try await wait { memory.used(for: .input) >= 900_000 }
            publisher = nil
            try await wait { memory.used(for: .input) == 0 }
            await tap.calls.wait { $0.contains("away anna") }
            #expect(!tap.calls.elements.contains { $0.hasPrefix("left") })
        }
    }

    @Test func anAddressCannotTakeMoreThanItsShareOfUnfinishedFrames() async throws {
        let memory = MemoryBudget(bytes: 16 << 20)
        try await TestRelay.run {
            $0.memory = memory
        } _: { relay in
            let part = [0, 0x3F, 0xFF, 0xFF, 2] + [UInt8](repeating: 0, count: 1_900_000)
            var sockets: [RawSocket] = []
            for index in 0..<3 {
                let socket = try RawSocket(port: relay.port)
                try socket.join("Mallory \(index)")
                _ = try socket.publish(.publish(ref: 1, track: WireTrack(videoDescription)))
                sockets.append(socket)
            }
            sockets[0].send(part)
            sockets[1].send(part)
            // Of 16 MiB an address may have 4.
            try await wait { memory.used > 3_500_000 }
            sockets[2].send(part)
            #expect(try sockets[2].fatalError() == "server_full")
        }
    }

    @Test func aFrameThatMakesNoProgressIsCut() async throws {
        try await TestRelay.run { configuration in
            configuration.frameTimeoutInSeconds = 0.3
            configuration.slowConsumerTimeoutInSeconds = Self.often
        } _: { relay in
            let socket = try RawSocket(port: relay.port)
            try socket.join("Mallory")
            _ = try socket.publish(.publish(ref: 1, track: WireTrack(videoDescription)))
            socket.send([0, 0x3F, 0xFF, 0xFF, 2] + [UInt8](repeating: 0, count: 200_000))
            #expect(try socket.fatalError() == "idle_timeout")
        }
    }

    @Test func cachesGoFirstAndNewcomersAreRefusedWhenMemoryIsShort() async throws {
        let memory = MemoryBudget(bytes: 64 << 20)
        let others = MemoryCharge(.recorder, budget: memory)
        try await TestRelay.run { configuration in
            configuration.memory = memory
            configuration.slowConsumerTimeoutInSeconds = Self.often
        } _: { relay in
            let publisher = try RawSocket(port: relay.port)
            try publisher.join("Anna")
            let track = try publisher.publish(.publish(ref: 1, track: WireTrack(videoDescription)))
            let header = MediaHeader(track: track, sequence: 0, packet: packet(0, key: true))
            let frame = try FrameEncoder.media(header, payload: [UInt8](repeating: 1, count: 1_000_000))
            publisher.send(Array(frame.readableBytesView))
            try await wait { memory.used(for: .cache) > 900_000 }
            others.set(memory.bytes / 100 * 75)
            try await wait { memory.used(for: .cache) == 0 }
            let guest = try RawSocket(port: relay.port)
            try guest.join("Ben")
            others.set(memory.bytes / 100 * 97)
            #expect(try RawSocket(port: relay.port).fatalError() == "server_full")
            others.set(0)
            try RawSocket(port: relay.port).join("Carl")
        }
    }
}

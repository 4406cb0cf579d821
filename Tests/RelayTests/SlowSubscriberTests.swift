import Client
import Logging
import Media
import NIOCore
import Relay
import Synchronization
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct SlowSubscriberTests {
    /// What to do at the next keyframe request; runs on the publisher's event loop.
    private final class Answer: Sendable {
        private struct Action { let body: @Sendable () -> Void }
        private let action = Mutex<Action?>(nil)
        func set(_ body: @escaping @Sendable () -> Void) { action.withLock { $0 = Action(body: body) } }
        func run() { action.withLock { $0.take() }?.body() }
    }

    @Test func oneWhoCatchesUpGetsAKeyframeAndIsServedWithTheOthersAgain() async throws {
        let answer = Answer()
        try await TestRelay.run { configuration in
            configuration.subscriberQueueBytes = 300_000
        } _: { relay in
            let slow = try relay.subscriber("Slow", receiveBuffer: 4096)
            let viewer = try await relay.viewer("Viewer").recorder
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in answer.run() }
            let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            let count: Int64 = 600
            for index in 0..<count {
                publisher.send(packet(index, key: index == 0, size: 10_000), on: video)
                if index % 20 == 19 { await viewer.wait(forPacketAt: index) }
            }
            // Now it reads what was queued. As soon as there is room a keyframe is asked for, which nothing else gives.
            answer.set { publisher.send(packet(count, key: true, size: 10_000), on: video) }
            var (last, packets, told) = (Int64(-1), 0, 0)
            while last < count, let frame = try slow.receive() {
                switch frame.body {
                case .control(let json):
                    if case .dropped(_, let dropped, _) = try ServerMessage(json: json) { told += dropped }
                case .media(let header, _):
                    packets += 1
                    #expect(header.dts == last + 1 || header.flags.contains(.keyframe))
                    last = header.dts
                }
            }
            #expect(packets + told == Int(count) + 1)
            #expect(told > 0)
            #expect(viewer.times(of: video).prefix(Int(count)).elementsEqual(0..<count))
            // The answer comes after everything that was queued.
            slow.send(.ping(time: 1))
            _ = try slow.message { $0.type == "pong" }
            let counters = await relay.server.counters()
            #expect(counters.droppedVideoPackets == told)
            #expect(counters.droppedAudioPackets == 0)
            #expect(counters.shortSends > 0)
            #expect(counters.queueingSubscribers == 0)
            #expect(counters.queuedBytes == 0)
        }
    }

    @Test func anAnswerThatTheSocketTakesInPartIsFinishedBeforeAnythingElse() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { configuration in
            configuration.tickInMilliseconds = 3000
            configuration.controlMessagesPerSecond = 1_000_000
        } _: { relay in
            let slow = try relay.subscriber("Slow", receiveBuffer: 4096)
            let publisher = try RawSocket(port: relay.port)
            try publisher.join("Anna")
            let audio = try publisher.publish(.publish(ref: 1, track: WireTrack(opusDescription)))
            slow.send(.ping(time: 0))
            _ = try slow.message { $0.type == "pong" }
            // It waits for the tick, and meanwhile the answers fill the socket.
            try publisher.send(media: audio, 1)
            await tap.calls.wait { $0.contains("packet \(audio) 1") }
            let count: Int64 = 12_000
            let pings = (1...count).flatMap {
                Array(ClientMessage.ping(time: $0).encoded().readableBytesView)
            }
            #expect(slow.send(pings))
            while await relay.server.counters().queueingSubscribers == 0 {}
            var (times, media): ([Int64], Int) = ([], 0)
            while times.last != count || media == 0, let frame = try slow.receive() {
                switch frame.body {
                case .control(let json):
                    if case .pong(let time, _) = try ServerMessage(json: json) { times.append(time) }
                case .media: media += 1
                }
            }
            #expect(times == Array(1...count))
            #expect(media == 1)
        }
    }

    @Test func packetsAreCountedHoweverTheyWereSent() async throws {
        try await TestRelay.run { configuration in
            configuration.subscriberQueueBytes = 100_000_000
            configuration.subscriberQueueInMilliseconds = 60_000
        } _: { relay in
            let slow = try relay.subscriber("Slow", receiveBuffer: 4096)
            slow.send(.ping(time: 0))
            _ = try slow.message { $0.type == "pong" }
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            let count: Int64 = 400
            var last: Int64 = -1
            // It falls behind and catches up several times.
            for begin in stride(from: 0, to: count, by: 80) {
                for index in begin..<begin + 80 {
                    publisher.send(packet(index, key: index == 0, size: 10_000), on: video)
                }
                while last < begin + 79, let frame = try slow.receive() {
                    if case .media(let header, _) = frame.body { last = header.dts }
                }
            }
            slow.send(.ping(time: 1))
            _ = try slow.message { $0.type == "pong" }
            let counters = await relay.server.counters()
            #expect(counters.shortSends > 0)
            #expect(counters.packetsOut == Int(count))
        }
    }

    @Test func soundIsKeptWhilePicturesAreDropped() async throws {
        try await TestRelay.run { configuration in
            configuration.subscriberQueueBytes = 300_000
            configuration.subscriberQueueInMilliseconds = 60_000
        } _: { relay in
            let slow = try relay.subscriber("Slow", receiveBuffer: 4096)
            let viewer = try await relay.viewer("Viewer").recorder
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let origin = MediaClock.system.now()
            let video = try await publisher.publish(videoDescription, origin: origin)
            let audio = try await publisher.publish(opusDescription, origin: origin)
            for index in 0..<600 as Range<Int64> {
                publisher.send(packet(index, key: index % 30 == 0, size: 10_000), on: video)
                publisher.send(packet(index, key: true, size: 100), on: audio)
                if index % 20 == 19 { await viewer.wait(forPacketAt: index) }
            }
            var sound: [Int64] = []
            while sound.last != 599, let frame = try slow.receive() {
                if case .media(let header, _) = frame.body, header.track == audio { sound.append(header.dts) }
            }
            #expect(sound == Array(0..<600))
        }
    }

    /// Keeps the counts of lines about dropped packets.
    private struct DropLog: LogHandler {
        let counts = Log<Int>()
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            if let count = event.metadata?["count"].flatMap({ Int("\($0)") }) { counts.append(count) }
        }
    }

    @Test func whoReadsNothingDoesNotFillTheLog() async throws {
        let log = DropLog()
        try await TestRelay.run(logger: Logger(label: "test") { _ in log }) { configuration in
            configuration.subscriberQueueBytes = 100_000
            configuration.resumeInSeconds = 0
        } _: { relay in
            let slow = try relay.subscriber("Slow", receiveBuffer: 4096)
            let viewer = try await relay.viewer("Viewer").recorder
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            for index in 0..<400 as Range<Int64> {
                publisher.send(packet(index, key: index == 0, size: 10_000), on: video)
                // One at a time, so that each is flushed.
                await viewer.wait(forPacketAt: index)
            }
            slow.send(.bye(reason: nil))
            var counters = await relay.server.counters()
            while counters.connections > 2 {
                _ = try? slow.receive()
                counters = await relay.server.counters()
            }
            #expect(counters.droppedVideoPackets > 100)
            #expect(log.counts.elements.reduce(0, +) == counters.droppedVideoPackets)
            #expect(log.counts.elements.count < 50)
        }
    }

    @Test func oneWhoIsCutOffLeavesNothingBehind() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { configuration in
            configuration.slowConsumerTimeoutInSeconds = 0.3
            configuration.closeTimeoutInMilliseconds = 100
        } _: { relay in
            let viewer = try await relay.viewer("Viewer").recorder
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            let slow = try relay.subscriber("Slow", receiveBuffer: 4096)
            for index in 0..<200 as Range<Int64> {
                publisher.send(packet(index, key: index % 30 == 0, size: 20_000), on: video)
                if index % 20 == 19 { await viewer.wait(forPacketAt: index) }
            }
            await tap.calls.wait { $0.contains("left slow slow_consumer") }
            // It never reads; the server closes it all the same.
            var counters = await relay.server.counters()
            while counters.connections > 2 { counters = await relay.server.counters() }
            withExtendedLifetime(slow) {}
            #expect(counters.slowConsumers == 1)
            #expect(counters.queuedBytes == 0)
            #expect(counters.connections == 2)
            #expect(viewer.times(of: video) == Array(0..<200))
        }
    }
}

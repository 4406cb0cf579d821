import Client
import Media
import MediaTesting
import NIOCore
import Relay
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct FlushTests {
    @Test func whatComesWithinATickGoesOutTogetherAndInOrder() async throws {
        try await TestRelay.run { configuration in
            configuration.tickInMilliseconds = 1000
        } _: { relay in
            let viewers = try await [relay.viewer("One").recorder, relay.viewer("Two").recorder]
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let audio = try await publisher.publish(opusDescription, origin: MediaClock.system.now())
            for viewer in viewers { await viewer.wait(forTracks: 1) }
            let before = await relay.server.counters()
            for index in 0..<400 as Range<Int64> {
                publisher.send(packet(index, key: true, size: 100), on: audio)
            }
            for viewer in viewers {
                await viewer.wait(forPacketAt: 399)
                #expect(viewer.times(of: audio) == Array(0..<400))
            }
            let after = await relay.server.counters()
            #expect(after.packetsIn - before.packetsIn == 400)
            #expect(after.packetsOut - before.packetsOut == 800)
            // One each would be 800. A test machine that stalls for seconds makes a few more than the two or three expected.
            #expect(after.sends - before.sends < 100)
            #expect(after.latencies.count >= 400)
        }
    }

    @Test func controlMessagesStayInOrderWithMedia() async throws {
        try await TestRelay.run { configuration in
            configuration.tickInMilliseconds = 200
        } _: { relay in
            let viewer = try relay.subscriber("Viewer")
            let publisher = try RawSocket(port: relay.port)
            try publisher.join("Anna")
            let track = try publisher.publish(.publish(ref: 1, track: WireTrack(opusDescription)))
            for index in 0..<10 as Range<Int64> { try publisher.send(media: track, index) }
            publisher.send(.chat(text: "ten"))
            for index in 10..<20 as Range<Int64> { try publisher.send(media: track, index) }
            publisher.send(.unpublish(track: track))
            var times: [Int64] = []
            var beforeChat: Int?
            while let frame = try viewer.receive() {
                if case .media(let header, _) = frame.body { times.append(header.dts) }
                guard case .control(let json) = frame.body else { continue }
                let message = try ServerMessage(json: json)
                if message.type == "chat" { beforeChat = times.count }
                if message.type == "untrack" { break }
            }
            #expect(times == Array(0..<20))
            #expect(try #require(beforeChat) >= 10)
        }
    }

    @Test(arguments: [0, 40]) func subscriptionsChangeWithinATickWithoutTouchingOtherTracks(tick: Int)
        async throws
    {
        try await TestRelay.run { configuration in
            configuration.tickInMilliseconds = tick
        } _: { relay in
            let publisher = PublishSession(connection: try await relay.connect("Anna")) { _ in }
            let origin = MediaClock.system.now()
            let kept = try await publisher.publish(opusDescription, origin: origin)
            let changed = try await publisher.publish(opusDescription, origin: origin)
            let recorder = Recorder()
            let connection = try await relay.connect("Viewer")
            let session = SubscribeSession(connection: connection, handler: recorder, receivesMedia: false)
            session.subscribe([kept])
            await recorder.settle(connection)
            for index in 0..<1000 as Range<Int64> {
                publisher.send(packet(index, key: true, size: 50), on: kept)
                publisher.send(packet(index, key: true, size: 50), on: changed)
                if index % 20 == 5 { session.subscribe([changed]) }
                if index % 20 == 15 { session.unsubscribe([changed]) }
                if index % 100 == 99 {
                    await recorder.packets.wait {
                        $0.last { $0.track == kept && $0.packet.dts == index } != nil
                    }
                }
            }
            #expect(recorder.times(of: kept) == Array(0..<1000))
            let times = recorder.times(of: changed)
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
            session.subscribe([changed])
            await recorder.settle(connection)
            publisher.send(packet(1000, key: true), on: changed)
            await recorder.packets.wait { $0.last?.track == changed && $0.last?.packet.dts == 1000 }
        }
    }

    @Test func everybodyWhoPublishesGetsEverybodyElseOnce() async throws {
        try await TestRelay.run { relay in
            var people: [(publisher: PublishSession, track: TrackID, recorder: Recorder)] = []
            for name in ["Anna", "Bob", "Carl", "Dora", "Emil"] {
                let connection = try await relay.connect(name)
                let recorder = Recorder()
                _ = SubscribeSession(connection: connection, handler: recorder)
                let publisher = PublishSession(connection: connection) { _ in }
                let track = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
                people.append((publisher, track, recorder))
            }
            for person in people { await person.recorder.wait(forTracks: 4) }
            for index in 0..<90 as Range<Int64> {
                for person in people {
                    let isKeyframe = index % 30 == 0
                    let next = packet(index, key: isKeyframe, size: isKeyframe ? 80_000 : 3000)
                    #expect(person.publisher.send(next, on: person.track))
                }
                guard index % 30 == 29 else { continue }
                for person in people {
                    let others = people.map(\.track).filter { $0 != person.track }
                    await person.recorder.packets.wait { packets in
                        others.allSatisfy { track in
                            packets.last { $0.track == track && $0.packet.dts == index } != nil
                        }
                    }
                }
            }
            for person in people {
                #expect(person.recorder.times(of: person.track).isEmpty)
                for other in people where other.track != person.track {
                    #expect(person.recorder.times(of: other.track) == Array(0..<90))
                }
            }
        }
    }

    @Test func manyWhoJoinInMidGOPStartAtItsKeyframeAndAskForNone() async throws {
        let requests = Log<TrackID>()
        try await TestRelay.run { relay in
            let publisher = PublishSession(connection: try await relay.connect("Anna")) {
                requests.append($0)
            }
            let video = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            let witness = try await relay.viewer("Witness").recorder
            for index in 0..<40 as Range<Int64> {
                publisher.send(packet(index, key: index == 0, size: index == 0 ? 60_000 : 9000), on: video)
            }
            await witness.wait(forPacketAt: 39)
            let asked = requests.elements.count
            var sockets: [RawSocket] = []
            for index in 0..<60 {
                let socket = try RawSocket(port: relay.port)
                socket.send(.hello(protocolVersion: 1, room: TestRelay.name, name: "Viewer \(index)"))
                socket.send(.subscribe(tracks: nil))
                sockets.append(socket)
            }
            publisher.send(packet(40, size: 9000), on: video)
            for socket in sockets {
                var times: [Int64] = []
                while times.last != 40, let frame = try socket.receive() {
                    guard case .media(let header, _) = frame.body else { continue }
                    if times.isEmpty { #expect(header.flags.contains(.keyframe)) }
                    times.append(header.dts)
                }
                #expect(times == Array(0...40))
            }
            #expect(requests.elements.count == asked)
        }
    }

    @Test func whatWasCachedDoesNotCountAsLatency() async throws {
        let clock = ManualClock()
        try await TestRelay.run(clock: clock.clock) { configuration in
            configuration.tickInMilliseconds = 0
        } _: { relay in
            let publisher = try RawSocket(port: relay.port)
            try publisher.join("Anna")
            let track = try publisher.publish(.publish(ref: 1, track: WireTrack(videoDescription)))
            try publisher.send(media: track, 0)
            publisher.send(.ping(time: 1))
            _ = try publisher.message { $0.type == "pong" }
            clock.advance(by: 8_000_000_000)
            // One on each event loop at least: those of the others get what this one has cached.
            for index in 0..<6 {
                let viewer = try relay.subscriber("Viewer \(index)")
                var isThere = false
                while !isThere, let frame = try viewer.receive() {
                    if case .media = frame.body { isThere = true }
                }
                #expect(isThere)
            }
            let latencies = await relay.server.counters().latencies
            #expect(latencies.count > 0)
            #expect(latencies.sum == 0)
        }
    }

    private func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func soundWaitsForCompanyAndPicturesDoNot() {
        var flush = FlushTimer(tick: 5_000_000)
        flush.add(bytes: 10_000, isSound: false, now: at(100))
        #expect(flush.wait(now: at(100), subscribers: 1) <= 0)
        flush.clear(at(100), at(100))
        // A picture soon after: at the tick.
        flush.add(bytes: 10_000, isSound: false, now: at(102))
        #expect(flush.wait(now: at(102), subscribers: 1) == 3_000_000)
        flush.clear(at(105), at(105))
        // Sound long after: a tick later, or with the picture that comes before.
        flush.add(bytes: 100, isSound: true, now: at(200))
        #expect(flush.wait(now: at(201), subscribers: 1) == 4_000_000)
        flush.add(bytes: 10_000, isSound: false, now: at(202))
        #expect(flush.wait(now: at(202), subscribers: 1) <= 0)
        flush.clear(at(202), at(202))
        #expect(flush.isEmpty)
        flush.add(bytes: FlushTimer.maximumBytes, isSound: true, now: at(203))
        #expect(flush.wait(now: at(203), subscribers: 1) <= 0)
        var immediate = FlushTimer(tick: 0)
        immediate.add(bytes: 100, isSound: true, now: at(1))
        #expect(immediate.wait(now: at(1), subscribers: 1) <= 0)
    }

    @Test func withManySubscribersPicturesWaitTooButForLargeOnes() {
        let many = FlushTimer.manySubscribers
        var flush = FlushTimer(tick: 5_000_000)
        flush.add(bytes: 10_000, isSound: false, now: at(100))
        #expect(flush.wait(now: at(101), subscribers: many - 1) <= 0)
        #expect(flush.wait(now: at(101), subscribers: many) == 4_000_000)
        flush.add(bytes: 100, isSound: true, now: at(104))
        #expect(flush.wait(now: at(104), subscribers: many) == 1_000_000)
        flush.clear(at(105), at(105))
        flush.add(bytes: FlushTimer.largeBytes, isSound: false, now: at(110))
        #expect(flush.wait(now: at(110), subscribers: many) <= 0)
        // Not even a large one sooner than a tick after the last flush.
        flush.clear(at(110), at(110))
        flush.add(bytes: FlushTimer.largeBytes, isSound: false, now: at(111))
        #expect(flush.wait(now: at(111), subscribers: many) == 4_000_000)
    }

    @Test func whatAFlushTakesIsTakenOffTheWait() {
        var flush = FlushTimer(tick: 5_000_000)
        func wait(afterFlushOf microseconds: Int64) -> Int64 {
            let end = MonotonicTime(nanoseconds: at(100).nanoseconds + microseconds * 1000)
            flush.clear(at(100), end)
            flush.add(bytes: 100, isSound: true, now: at(200))
            return flush.wait(now: at(200), subscribers: 500)
        }
        #expect(wait(afterFlushOf: 0) == 5_000_000)
        #expect(wait(afterFlushOf: 400) == 4_600_000)
        #expect(wait(afterFlushOf: 3000) == 4_000_000, "but no more than a fifth")
        #expect(wait(afterFlushOf: 50) == 4_950_000)
    }

    @Test func histogramsCountByPowersOfTwo() {
        var histogram = RelayCounters.Histogram(buckets: 4)
        for value in [-1, 0, 1, 2, 3, 4, 1000] { histogram.add(value) }
        #expect(histogram.buckets == [2, 1, 2, 2])
        #expect(histogram.count == 7)
        #expect(histogram.sum == 1010)
        #expect((0..<4).map { histogram.upperBound(ofBucket: $0) } == [0, 1, 3, nil])
    }
}

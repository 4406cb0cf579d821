import Client
import Media
import NIOCore
import Relay
import Testing
import Wire

/// Two sizes of one track: who gets which, and when it changes.
@Suite(.timeLimit(.minutes(1))) struct LayerTests {
    /// A publisher of a track and its layer, which sends pictures of both.
    private struct Publisher {
        let socket: RawSocket
        let top: TrackID
        let layer: TrackID

        init(port: Int) throws {
            socket = try RawSocket(port: port)
            try socket.join("Anna")
            top = try socket.publish(.publish(ref: 1, track: WireTrack(videoDescription)))
            layer = try socket.publish(.layer(ref: 2, of: top, track: WireTrack(smallDescription)))
        }

        /// Sends the picture at `dts` in both sizes, the small one first.
        func send(_ dts: Int64, key: Bool = false, size: Int = 2000) throws {
            try send(layer, dts, key: key, size: size / 4)
            try send(top, dts, key: key, size: size)
        }

        func send(_ track: TrackID, _ dts: Int64, key: Bool, size: Int) throws {
            let header = MediaHeader(track: track, sequence: UInt32(dts), packet: packet(dts, key: key))
            let frame = try FrameEncoder.media(header, payload: [UInt8](repeating: 1, count: size))
            socket.send(Array(frame.readableBytesView))
        }
    }

    private struct Picture: Hashable {
        let isLayer: Bool
        let dts: Int64
        let isKeyframe: Bool
    }

    private func viewer(_ name: String, _ relay: TestRelay, maximumHeight: Int?) throws -> RawSocket {
        let socket = try relay.subscriber(name, maximumHeight: maximumHeight)
        try settle(socket)
        return socket
    }

    /// Waits until the server has done what `socket` asked for.
    private func settle(_ socket: RawSocket) throws {
        socket.send(.ping(time: 1))
        _ = try socket.message { $0.type == "pong" }
    }

    /// Pictures up to the one at `last`.
    private func pictures(_ socket: RawSocket, of publisher: Publisher, until last: Int64) throws -> [Picture]
    {
        var pictures: [Picture] = []
        while pictures.last?.dts != last, let frame = try socket.receive() {
            guard case .media(let header, _) = frame.body else { continue }
            pictures.append(
                Picture(
                    isLayer: header.track == publisher.layer, dts: header.dts,
                    isKeyframe: header.flags.contains(.keyframe)))
        }
        return pictures
    }

    @Test func whoNamesAHeightGetsTheSizeThatFitsAndOnlyTheTrackIsRecorded() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { relay in
            let publisher = try Publisher(port: relay.port)
            let plain = try viewer("Plain", relay, maximumHeight: nil)
            let low = try viewer("Low", relay, maximumHeight: 180)
            let lower = try viewer("Lower", relay, maximumHeight: 90)
            let high = try viewer("High", relay, maximumHeight: 360)
            for dts in 0..<20 as Range<Int64> { try publisher.send(dts, key: dts % 10 == 0) }
            for (socket, isLayer) in [(plain, false), (low, true), (lower, true), (high, false)] {
                let pictures = try pictures(socket, of: publisher, until: 19)
                #expect(pictures.map(\.dts) == Array(0..<20))
                #expect(pictures.allSatisfy { $0.isLayer == isLayer })
            }
            let (last, small) = ("packet \(publisher.top) 19", " \(publisher.layer) ")
            await tap.calls.wait { $0.contains(last) }
            #expect(!tap.calls.elements.contains { $0.contains(small) })
            #expect(await relay.server.roomCounts().videoTracks == 1)
        }
    }

    @Test func layersAreToldInOrderAndByMessagesOfTheirOwn() async throws {
        try await TestRelay.run { relay in
            let early = try RawSocket(port: relay.port)
            try early.join("Early")
            let publisher = try Publisher(port: relay.port)
            let late = try RawSocket(port: relay.port)
            try late.join("Late")
            publisher.socket.send(.unpublish(track: publisher.top))
            for socket in [early, late] {
                var types: [String] = []
                while types.last != "untrack", let message = try socket.message(where: { _ in true }) {
                    if ["track", "layer", "unlayer", "untrack"].contains(message.type) {
                        types.append(message.type)
                    }
                }
                #expect(types == ["track", "layer", "unlayer", "untrack"])
            }
        }
    }

    @Test func changesAreMadeAtKeyframesAndLoseNothing() async throws {
        try await TestRelay.run { relay in
            let publisher = try Publisher(port: relay.port)
            let witness = try viewer("Witness", relay, maximumHeight: nil)
            let socket = try viewer("Viewer", relay, maximumHeight: 360)
            func send(_ range: Range<Int64>) throws {
                for dts in range { try publisher.send(dts, key: dts % 10 == 0) }
                // Everybody's server has it now.
                _ = try pictures(witness, of: publisher, until: range.upperBound - 1)
            }
            try send(0..<15)
            // The witness may be on another loop, which is ahead.
            var seen = try pictures(socket, of: publisher, until: 14)
            socket.send(.subscribe(tracks: [publisher.top], maximumHeight: 180))
            try settle(socket)
            try send(15..<35)
            seen += try pictures(socket, of: publisher, until: 34)
            socket.send(.subscribe(tracks: [publisher.top], maximumHeight: 360))
            try settle(socket)
            try send(35..<50)
            seen += try pictures(socket, of: publisher, until: 49)
            let small = seen.filter(\.isLayer).map(\.dts)
            let large = seen.filter { !$0.isLayer }.map(\.dts)
            // The small picture of the keyframe goes before the large one, so that one comes in both sizes.
            #expect(small == Array(20...40))
            #expect(large == Array(0..<20) + Array(40..<50))
            var isLayer = false
            for picture in seen where picture.isLayer != isLayer {
                #expect(picture.isKeyframe)
                isLayer = picture.isLayer
            }
        }
    }

    @Test func aChangeThatIsTakenBackLeavesEverythingAsItWas() async throws {
        try await TestRelay.run { relay in
            let publisher = try Publisher(port: relay.port)
            let socket = try viewer("Viewer", relay, maximumHeight: 360)
            for dts in 0..<5 as Range<Int64> { try publisher.send(dts, key: dts == 0) }
            let before = try pictures(socket, of: publisher, until: 4)
            socket.send(.subscribe(tracks: nil, maximumHeight: 180))
            socket.send(.subscribe(tracks: nil, maximumHeight: 360))
            try settle(socket)
            for dts in 5..<25 as Range<Int64> { try publisher.send(dts, key: dts % 10 == 0) }
            let all = before + (try pictures(socket, of: publisher, until: 24))
            #expect(all.map(\.dts) == Array(0..<25))
            #expect(all.allSatisfy { !$0.isLayer })
            socket.send(.unsubscribe(tracks: [publisher.top]))
            try settle(socket)
            try publisher.send(25, key: true)
            socket.send(.subscribe(tracks: [publisher.top], maximumHeight: 100))
            try settle(socket)
            try publisher.send(26, key: true)
            let rest = try pictures(socket, of: publisher, until: 26)
            #expect(rest.allSatisfy { $0.isLayer })
            // Only tracks can be asked for, and done without.
            socket.send(.unsubscribe(tracks: [publisher.layer]))
            try settle(socket)
            try publisher.send(27)
            #expect(try pictures(socket, of: publisher, until: 27).map(\.dts) == [27])
        }
    }

    @Test func whoGetsALayerThatEndsGoesOnWithTheTrack() async throws {
        try await TestRelay.run { relay in
            let publisher = try Publisher(port: relay.port)
            let viewers = try [
                viewer("One", relay, maximumHeight: 180), viewer("Two", relay, maximumHeight: 1),
            ]
            for dts in 0..<5 as Range<Int64> { try publisher.send(dts, key: dts == 0) }
            for socket in viewers {
                #expect(try pictures(socket, of: publisher, until: 4).allSatisfy(\.isLayer))
            }
            publisher.socket.send(.unpublish(track: publisher.layer))
            let top = publisher.top
            #expect(try publisher.socket.message { $0 == .keyframe(top) } != nil)
            for dts in 5..<15 as Range<Int64> {
                try publisher.send(publisher.top, dts, key: dts == 10, size: 1000)
            }
            for socket in viewers {
                let pictures = try pictures(socket, of: publisher, until: 14)
                #expect(pictures.map(\.dts) == Array(10..<15))
                #expect(pictures.first?.isKeyframe == true)
            }
        }
    }

    @Test func aLayerThatEndsBeforeTheTrackHasTakenItsPlaceIsReplacedAtOnce() async throws {
        // Requests of the same track are put off otherwise.
        try await TestRelay.run {
            $0.keyframeRequestIntervalInMilliseconds = 0
        } _: { relay in
            let publisher = try Publisher(port: relay.port)
            let socket = try viewer("Viewer", relay, maximumHeight: 180)
            for dts in 0..<5 as Range<Int64> { try publisher.send(dts, key: dts == 0) }
            #expect(try pictures(socket, of: publisher, until: 4).allSatisfy(\.isLayer))
            socket.send(.subscribe(tracks: nil, maximumHeight: 360))
            let top = publisher.top
            #expect(try publisher.socket.message { $0 == .keyframe(top) } != nil)
            // The publisher has not answered that yet.
            for dts in 5..<10 as Range<Int64> { try publisher.send(dts) }
            #expect(try pictures(socket, of: publisher, until: 9).allSatisfy(\.isLayer))
            publisher.socket.send(.unpublish(track: publisher.layer))
            #expect(try publisher.socket.message { $0 == .keyframe(top) } != nil)
            try publisher.send(top, 10, key: true, size: 1000)
            #expect(try pictures(socket, of: publisher, until: 10).map(\.isLayer) == [false])
        }
    }

    @Test func whoReadsTooSlowlyGetsTheLayerBeforePicturesAreDropped() async throws {
        try await TestRelay.run { configuration in
            configuration.subscriberQueueBytes = 3_000_000
            configuration.subscriberQueueInMilliseconds = 60_000
        } _: { relay in
            let publisher = try Publisher(port: relay.port)
            let witness = try viewer("Witness", relay, maximumHeight: 360)
            let slow = try relay.subscriber("Slow", receiveBuffer: 4096, maximumHeight: 360)
            try settle(slow)
            let count: Int64 = 400
            for dts in 0..<count {
                try publisher.send(dts, key: dts % 10 == 0, size: 10_000)
                if dts % 20 == 19 { _ = try pictures(witness, of: publisher, until: dts) }
            }
            var seen: [Picture] = []
            var last: Picture?
            while last?.dts != count - 1, let frame = try slow.receive() {
                guard case .media(let header, _) = frame.body else { continue }
                let isKeyframe = header.flags.contains(.keyframe)
                let picture = Picture(
                    isLayer: header.track == publisher.layer, dts: header.dts, isKeyframe: isKeyframe)
                // Each picture follows the one before, or is a keyframe of the other size.
                if let last, last.isLayer == picture.isLayer {
                    #expect(picture.dts == last.dts + 1)
                } else {
                    #expect(isKeyframe)
                }
                last = picture
                seen.append(picture)
            }
            #expect(seen.first?.isLayer == false)
            #expect(seen.last?.isLayer == true)
            #expect(Set(seen.map(\.dts)) == Set(0..<count))
            let counters = await relay.server.counters()
            #expect(counters.layerMoves == 1)
            #expect(counters.droppedVideoPackets == 0)
        }
    }

    @Test func subscriberSeesOneTrackInChangingSizes() async throws {
        let requests = Log<TrackID>()
        try await TestRelay.run { relay in
            let publisher = PublishSession(connection: try await relay.connect("Anna")) {
                requests.append($0)
            }
            let top = try await publisher.publish(videoDescription, origin: MediaClock.system.now())
            let layer = try await publisher.publish(layer: smallDescription, of: top)
            let recorder = Recorder()
            let connection = try await relay.connect("Viewer")
            let session = SubscribeSession(connection: connection, handler: recorder, maximumHeight: 200)
            let plain = try await relay.viewer("Plain").recorder
            await recorder.settle(connection)
            func send(_ range: Range<Int64>) async {
                for dts in range {
                    publisher.send(packet(dts, key: dts % 10 == 0, size: 100), on: layer)
                    publisher.send(packet(dts, key: dts % 10 == 0, size: 1000), on: top)
                }
                await recorder.wait(forPacketAt: range.upperBound - 1)
                await plain.wait(forPacketAt: range.upperBound - 1)
            }
            await send(0..<15)
            session.subscribe([top], maximumHeight: 1000)
            await recorder.settle(connection)
            await send(15..<35)
            session.requestKeyframe(top)
            await requests.wait { $0.last == top }
            session.subscribe([top], maximumHeight: 200)
            await recorder.settle(connection)
            await send(35..<50)
            session.requestKeyframe(top)
            await requests.wait { $0.last == layer }
            let packets = recorder.packets.elements
            #expect(packets.allSatisfy { $0.track == top })
            let small = packets.filter { $0.packet.payload.count == 100 }.map(\.packet.dts)
            let large = packets.filter { $0.packet.payload.count == 1000 }.map(\.packet.dts)
            #expect(small == Array(0...20) + Array(40..<50))
            #expect(large == Array(20..<40))
            #expect(session.missingPackets(on: top) == 0)
            #expect(plain.times(of: top) == Array(0..<50))
            #expect(plain.packets.elements.allSatisfy { $0.track == top })
            await #expect(throws: ClientError.self) {
                _ = try await publisher.publish(layer: smallDescription, of: top)
            }
        }
    }

    @Test func aRiseThatFailsIsTriedAgainLater() {
        var control = LayerControl()
        func fallBehind(_ seconds: Int64) -> Bool {
            control.fallBehind(now: MonotonicTime(nanoseconds: seconds * 1_000_000_000))
        }
        func review(_ seconds: Int64) -> Bool {
            control.review(now: MonotonicTime(nanoseconds: seconds * 1_000_000_000))
        }
        #expect(fallBehind(100))
        #expect(!fallBehind(103))
        #expect(!review(107))
        #expect(review(108))
        #expect(!control.isReduced)
        // Failed after 2 s: the next rise comes after 10 s, then 20, never after more than 80.
        var now: Int64 = 108
        for hold: Int64 in [10, 20, 40, 80, 80] {
            now += 2
            #expect(fallBehind(now))
            #expect(!review(now + hold - 1))
            now += hold
            #expect(review(now))
        }
        // One that has held begins anew.
        #expect(fallBehind(now + 20))
        #expect(review(now + 25))
    }
}

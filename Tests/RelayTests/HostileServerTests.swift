import Client
import Media
import NIOCore
import NIOPosix
import Testing
import Wire

/// A server that tells more than any room has must not fill its clients' memory.
@Suite(.timeLimit(.minutes(1))) struct HostileServerTests {
    /// Answers a hello with a welcome and `flood`, and pings with pongs.
    private final class Hostile: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private var decoder = FrameDecoder()
        private let flood: [ServerMessage]

        init(_ flood: [ServerMessage]) { self.flood = flood }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            decoder.append(unwrapInboundIn(data))
            while let frame = try? decoder.next() {
                guard case .control(let json) = frame.body else { continue }
                switch try? ClientMessage(json: json) {
                case .hello:
                    for message in [HostileServerTests.welcome] + flood {
                        context.write(wrapOutboundOut(message.encoded()), promise: nil)
                    }
                    context.flush()
                case .ping(let time):
                    let pong = ServerMessage.pong(time: time, server: 1)
                    context.writeAndFlush(wrapOutboundOut(pong.encoded()), promise: nil)
                default: break
                }
            }
        }
    }

    private static let welcome = ServerMessage.welcome(
        Welcome(
            participant: "anna", room: TestRelay.name, limits: Welcome.Limits(idleSeconds: 30),
            recording: .off, recordingReason: nil))
    /// Ends a connection that nothing before it has ended.
    private static let end = ServerMessage.bye(reason: "all was taken")

    private func listen(_ flood: [ServerMessage]) async throws -> any Channel {
        try await ServerBootstrap(group: TestRelay.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Hostile(flood))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private func reason(_ flood: [ServerMessage], _ change: (inout RoomLimits) -> Void = { _ in })
        async throws
        -> String
    {
        let listening = try await listen(flood)
        var configuration = ClientConfiguration()
        change(&configuration.room)
        let port = try #require(listening.localAddress?.port)
        var text = "nothing"
        do {
            let connection = try await Connection.connect(
                to: try ConveneURL("convene://127.0.0.1:\(port)/\(TestRelay.name)"), name: "Anna",
                eventLoopGroup: TestRelay.group, logger: TestRelay.logger, configuration: configuration)
            text = "\(await connection.waitUntilClosed())"
        } catch { text = "\(error)" }
        try await listening.close()
        return text
    }

    @Test func participantsWithoutEndEndTheConnection() async throws {
        let people = (0..<20_000).map { ServerMessage.joined(participant: "p-\($0)", name: "P") }
        #expect(try await reason(people).contains("more than 10000 participants"))
    }

    @Test func tracksWithoutEndEndTheConnection() async throws {
        let tracks = (1...101).map {
            ServerMessage.track(
                TrackID(rawValue: $0), participant: "p", description: WireTrack(opusDescription))
        }
        #expect(try await reason(tracks) { $0.tracks = 100 }.contains("more than 100 tracks"))
    }

    @Test func longNamesEndTheConnection() async throws {
        let name = String(repeating: "x", count: 10_000)
        #expect(try await reason([.joined(participant: "p", name: name)]).contains("a name of 10000 bytes"))
        #expect(try await reason([.joined(participant: name, name: "p")]).contains("an identifier of 10000"))
    }

    @Test func aSecondWelcomeEndsTheConnection() async throws {
        #expect(try await reason([Self.welcome, Self.end]).contains("a second welcome"))
    }

    @Test(arguments: [-1, Int.max]) func absurdNumbersOfDroppedPacketsEndTheConnection(count: Int)
        async throws
    {
        let dropped = ServerMessage.dropped(track: TrackID(rawValue: 1), count: count, reason: "r")
        #expect(try await reason([dropped, dropped, Self.end]).contains("count is \(count)"))
    }

    @Test func whoseMutedTrackItIsIsKnownFromTheTrack() async throws {
        let track = TrackID(rawValue: 1)
        let listening = try await listen([
            .track(track, participant: "p", description: WireTrack(opusDescription)),
            .muted(track: track, participant: String(repeating: "x", count: 10_000), muted: true),
        ])
        let port = try #require(listening.localAddress?.port)
        var configuration = ClientConfiguration()
        // The server does not close.
        configuration.finishTimeoutInSeconds = 0.1
        let connection = try await Connection.connect(
            to: try ConveneURL("convene://127.0.0.1:\(port)/\(TestRelay.name)"), name: "Anna",
            eventLoopGroup: TestRelay.group, logger: TestRelay.logger, configuration: configuration)
        let recorder = Recorder()
        _ = SubscribeSession(connection: connection, handler: recorder)
        await recorder.events.wait { $0.contains { if case .muted = $0 { true } else { false } } }
        let participants = recorder.events.elements.compactMap { event -> String? in
            guard case .muted(_, let participant, true) = event else { return nil }
            return participant
        }
        #expect(participants == ["p"])
        try await listening.close()
        await connection.finish()
    }
}

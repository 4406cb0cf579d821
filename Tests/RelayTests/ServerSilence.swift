import NIOCore
import NIOPosix
import Testing

/// A server that accepts connections and never says a word.
struct ServerSilence {
    let channel: any Channel
    let port: Int

    static func start() async throws -> ServerSilence {
        let channel = try await ServerBootstrap(group: TestRelay.group).bind(host: "127.0.0.1", port: 0).get()
        return ServerSilence(channel: channel, port: try #require(channel.localAddress?.port))
    }
}

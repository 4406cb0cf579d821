import NIOCore
import NIOHTTP1

/// One HTTP connection: reads one request, answers it, closes.
///
/// Confined to its event loop. Nothing of a request is kept but its method and path; whoever has not been answered within
/// the deadline is disconnected.
final class MetricsEndpoint: ChannelInboundHandler, @unchecked Sendable {
    // SAFETY: every method runs on the channel's event loop; the answer comes back to it by a future.

    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Answers a request for a path; `nil` where there is no such page.
    typealias Pages = @Sendable (_ path: String, _ loop: any EventLoop) -> EventLoopFuture<MetricsPage>?

    private let pages: Pages
    private let deadline: TimeAmount
    private var request: HTTPRequestHead?
    private var timer: Scheduled<Void>?

    init(deadline: TimeAmount, pages: @escaping Pages) {
        self.deadline = deadline
        self.pages = pages
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: deadline) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): if request == nil { request = head }
        case .body: break
        case .end:
            guard let head = request else { return }
            answer(head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.method == .GET || head.method == .HEAD else {
            return send(
                MetricsPage(.methodNotAllowed, "Only GET and HEAD are answered.\n"), head, context.channel)
        }
        let path = head.uri.prefix { $0 != "?" }
        guard let page = pages(String(path), context.eventLoop) else {
            let text = "There are /metrics, /healthz and /readyz.\n"
            return send(MetricsPage(.notFound, text), head, context.channel)
        }
        let channel = context.channel
        page.hop(to: context.eventLoop).whenComplete { result in
            switch result {
            case .success(let page): self.send(page, head, channel)
            case .failure: channel.close(promise: nil)
            }
        }
    }

    private func send(_ page: MetricsPage, _ head: HTTPRequestHead, _ channel: any Channel) {
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: page.contentType)
        headers.add(name: "Content-Length", value: "\(page.text.utf8.count)")
        headers.add(name: "Cache-Control", value: "no-store")
        headers.add(name: "Connection", value: "close")
        if page.status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
        let response = HTTPResponseHead(version: .http1_1, status: page.status, headers: headers)
        channel.write(HTTPServerResponsePart.head(response), promise: nil)
        if head.method != .HEAD {
            channel.write(
                HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: page.text))), promise: nil)
        }
        channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}

/// One answer of the metrics server.
struct MetricsPage: Sendable {
    var status: HTTPResponseStatus
    var text: String
    var contentType: String

    init(_ status: HTTPResponseStatus, _ text: String, contentType: String = "text/plain; charset=utf-8") {
        self.status = status
        self.text = text
        self.contentType = contentType
    }
}

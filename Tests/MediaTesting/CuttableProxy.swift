import Glibc
import Synchronization

/// Passes TCP connections on loopback through, until it is told to break them: what a bad network does.
///
/// Two threads a connection; ends with the object.
public final class CuttableProxy: Sendable {
    private struct State {
        var descriptors: [Int32] = []
        var isCut = false
        var isOver = false
    }

    /// The port to connect to.
    public let port: Int
    private let target: Int
    private let listener: Int32
    private let state = Mutex(State())

    /// A proxy in front of `target`, a port of this machine.
    public init(target: Int) throws {
        self.target = target
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = Self.withAddress(&address) { bind(socket, $0, length) }
        guard bound == 0, listen(socket, 16) == 0 else { throw SystemFailure(errno: errno) }
        _ = Self.withAddress(&address) { getsockname(socket, $0, &length) }
        listener = socket
        port = Int(UInt16(bigEndian: address.sin_port))
        start { proxy in proxy.accept() }
    }

    /// What the system refused.
    public struct SystemFailure: Error {
        /// Its number.
        public let errno: Int32
    }

    deinit { close(listener) }

    /// Breaks all connections; new ones are closed at once until ``mend()``.
    public func cut() {
        let open = state.withLock { state in
            state.isCut = true
            defer { state.descriptors = [] }
            return state.descriptors
        }
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    /// Passes new connections through again.
    public func mend() { state.withLock { $0.isCut = false } }

    /// Breaks all connections, and takes no more.
    public func stop() {
        state.withLock { $0.isOver = true }
        cut()
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func start(_ body: @escaping @Sendable (CuttableProxy) -> Void) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Work(proxy: self, body: body))
        pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                let work = Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue()
                work.body(work.proxy)
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    private final class Work: Sendable {
        let proxy: CuttableProxy
        let body: @Sendable (CuttableProxy) -> Void

        init(proxy: CuttableProxy, body: @escaping @Sendable (CuttableProxy) -> Void) {
            self.proxy = proxy
            self.body = body
        }
    }

    private func accept() {
        while !state.withLock({ $0.isOver }) {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var address = Self.loopback(port: target)
            let isOpen =
                !state.withLock { $0.isCut }
                && Self.withAddress(&address) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                } == 0
            guard isOpen else {
                close(client)
                close(server)
                continue
            }
            state.withLock { $0.descriptors += [client, server] }
            start { _ in Self.pump(from: client, to: server) }
            start { _ in
                Self.pump(from: server, to: client)
            }
        }
    }

    /// Each direction closes the descriptor that it reads from; the other one is only shut down.
    private static func pump(from source: Int32, to destination: Int32) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            var sent = 0
            while sent < count {
                let part = bytes[sent..<count].withUnsafeBytes {
                    send(destination, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard part > 0 else { break }
                sent += part
            }
            guard sent == count else { break }
        }
        shutdown(destination, Int32(SHUT_RDWR))
        close(source)
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return address
    }

    private static func withAddress<Result>(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }
}

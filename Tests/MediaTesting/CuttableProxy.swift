import Glibc
import Synchronization

/// Passes TCP connections on loopback through, until it is told to break them: what a bad network does.
///
/// Two threads a connection; ends with the object.
public final class CuttableProxy: Sendable {
    private struct State {
        /// Pairs of descriptors, and how many of their two threads still run. Closed under the lock, so that nobody shuts
        /// down a number that somebody else has by now.
        var links: [Int32: (server: Int32, threads: Int)] = [:]
        var isCut = false
        var isOver = false
        var target: Int
    }

    /// The port to connect to.
    public let port: Int
    private let listener: Int32
    private let state: Mutex<State>

    /// A proxy in front of `target`, a port of this machine.
    public init(target: Int) throws {
        state = Mutex(State(target: target))
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
        state.withLock { state in
            state.isCut = true
            for (client, link) in state.links {
                shutdown(client, Int32(SHUT_RDWR))
                shutdown(link.server, Int32(SHUT_RDWR))
            }
        }
    }

    /// Leads new connections to another port of this machine.
    public func lead(to target: Int) { state.withLock { $0.target = target } }

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
            var address = Self.loopback(port: state.withLock { $0.target })
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
            let isTaken = state.withLock { state in
                state.links[client] = (server, 2)
                return !state.isCut
            }
            start { $0.pump(from: client, to: server, of: client) }
            start { $0.pump(from: server, to: client, of: client) }
            if !isTaken { shutdown(client, Int32(SHUT_RDWR)) }
        }
    }

    private func pump(from source: Int32, to destination: Int32, of link: Int32) {
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
        state.withLock { state in
            shutdown(source, Int32(SHUT_RDWR))
            shutdown(destination, Int32(SHUT_RDWR))
            state.links[link]?.threads -= 1
            guard let ended = state.links[link], ended.threads == 0 else { return }
            state.links[link] = nil
            close(link)
            close(ended.server)
        }
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

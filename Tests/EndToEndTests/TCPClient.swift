import Foundation
import Glibc

/// A TCP connection to loopback that sends what no proper client sends. Reads and writes give up after some seconds.
final class TCPClient {
    private let descriptor: Int32
    private static let patienceInSeconds = 8

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw HarnessError("socket: \(errno)") }
        var limit = timeval(tv_sec: Self.patienceInSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard Self.withLoopback(port: port, { connect(descriptor, $0, $1) }) == 0 else {
            throw HarnessError("connect: \(errno)")
        }
    }

    deinit { close(descriptor) }

    static func withLoopback(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32)
        -> Int32
    {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Sends all of it, or as much as the peer takes before it closes: then `false`.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Everything that comes until the peer closes.
    /// - Throws: ``HarnessError`` where it does not close.
    func receiveToEnd() throws -> [UInt8] {
        var received: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count > 0 {
                received += bytes[..<count]
            } else if count == 0 || errno == ECONNRESET {
                return received
            } else {
                throw HarnessError(
                    "The server did not close the connection within \(Self.patienceInSeconds) s.")
            }
        }
    }

    /// A control message as it stands on the wire.
    static func control(_ json: String) -> [UInt8] { frame(kind: 1, Array(json.utf8)) }

    /// A frame: length, kind and body.
    static func frame(kind: UInt8, _ body: [UInt8]) -> [UInt8] {
        bigEndian(UInt32(body.count + 1)) + [kind] + body
    }

    static func bigEndian(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    /// A port on which nobody listens, kept free while the object lives.
    final class UnusedPort {
        let port: Int
        private let descriptor: Int32

        fileprivate init(port: Int, descriptor: Int32) {
            self.port = port
            self.descriptor = descriptor
        }

        deinit { close(descriptor) }
    }

    /// Binds a port and does not listen on it.
    static func unusedPort() throws -> UnusedPort {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, withLoopback(port: 0, { bind(descriptor, $0, $1) }) == 0 else {
            throw HarnessError("bind: \(errno)")
        }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UnusedPort(port: Int(UInt16(bigEndian: address.sin_port)), descriptor: descriptor)
    }
}

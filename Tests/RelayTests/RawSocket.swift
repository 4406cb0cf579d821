import Glibc
import Media
import NIOCore
import Wire

/// A blocking TCP client that can do what no proper client does. Reads give up after 10 s.
final class RawSocket {
    enum Failure: Error { case system(Int32), closed, timedOut }

    private let descriptor: Int32
    private var decoder = FrameDecoder()

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure.system(errno) }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure.system(errno) }
    }

    deinit { close(descriptor) }

    /// Sends all of it, or as much as the peer takes before it closes.
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

    func send(_ message: ClientMessage) { send(Array(message.encoded().readableBytesView)) }

    /// Sends a packet of sound of 100 bytes at tick `dts`.
    func send(media track: TrackID, _ dts: Int64) throws {
        let header = MediaHeader(track: track, sequence: UInt32(dts), packet: packet(dts, key: true))
        let frame = try FrameEncoder.media(header, payload: [UInt8](repeating: 1, count: 100))
        send(Array(frame.readableBytesView))
    }

    /// The next frame; `nil` at the end of the stream.
    func receive() throws -> Frame? {
        while true {
            if let frame = try decoder.next() { return frame }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count == 0 || (count < 0 && errno == ECONNRESET) { return nil }
            guard count > 0 else { throw errno == EAGAIN ? Failure.timedOut : Failure.system(errno) }
            decoder.append(ByteBuffer(bytes: bytes[..<count]))
        }
    }

    /// The next control message that `isWanted`; media and others are skipped. `nil` at the end of the stream.
    func message(where isWanted: (ServerMessage) -> Bool) throws -> ServerMessage? {
        while let frame = try receive() {
            guard case .control(let json) = frame.body else { continue }
            let message = try ServerMessage(json: json)
            if isWanted(message) { return message }
        }
        return nil
    }

    /// The code of the fatal error, then the end of the stream.
    func fatalError() throws -> String? {
        var code: String?
        while let message = try message(where: { _ in true }) {
            if case .error(let text, _, true, _) = message { code = text }
        }
        return code
    }

    /// Offers a track or a layer and waits for its number.
    func publish(_ offer: ClientMessage) throws -> TrackID {
        send(offer)
        guard case .published(_, let track)? = try message(where: { $0.type == "published" }) else {
            throw Failure.closed
        }
        return track
    }

    /// Says hello and waits for the welcome.
    func join(_ name: String) throws {
        send(.hello(protocolVersion: 1, room: TestRelay.name, name: name))
        _ = try message { if case .welcome = $0 { true } else { false } }
    }
}

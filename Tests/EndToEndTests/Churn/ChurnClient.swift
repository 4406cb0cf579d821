import Foundation
import Glibc
import MediaTesting

/// One of many clients that come and go, well-behaved or not, over a socket that never blocks.
///
/// Confined to the churn that made it; ``pump(now:)`` does what is due.
final class ChurnClient {
    /// What it does while it is there.
    enum Behaviour: CaseIterable {
        /// Watches.
        case viewer
        /// Sends the test pattern, and watches.
        case publisher
        /// Says nothing.
        case silent
        /// Says half a hello.
        case stutterer
        /// Joins, sends half a frame, and says nothing more.
        case vanishing
        /// Asks for media and never reads.
        case deaf
        /// Joins, and sends random bytes.
        case garbler
    }

    /// How it goes.
    enum Ending: CaseIterable {
        case bye
        case close
        /// As when the machine loses its power, as far as the server can see at once.
        case reset
        /// Closes only its sending side and waits for the server.
        case halfClose
    }

    let behaviour: Behaviour
    let room: String
    let name: String
    /// With which it may come back as the same participant, once the server has told.
    private(set) var token: String?
    private(set) var isOver = false
    private var isLeaving = false
    private var descriptor: Int32
    private var outgoing: [UInt8] = []
    private var incoming: [UInt8] = []
    private var track: UInt32?
    private var sequence = 0
    private var due = ContinuousClock.now
    private var ping = ContinuousClock.now
    private let stream: ChurnStream
    private let scratch: Scratch

    /// Where received bytes go before they are thrown away; all clients of a churn share it.
    final class Scratch {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
    }

    /// Connects, and says what its behaviour says first.
    /// - Parameter resume: the token of somebody who comes back, empty for somebody who may want to.
    init(
        port: Int, room: String, name: String, resume: String, behaviour: Behaviour, stream: ChurnStream,
        scratch: Scratch, using generator: inout SeededGenerator
    ) throws {
        self.behaviour = behaviour
        self.room = room
        self.name = name
        self.stream = stream
        self.scratch = scratch
        descriptor = try Self.open(port: port, receiveBuffer: behaviour == .deaf ? 4096 : nil)
        let hello = TCPClient.control(
            #"{"type":"hello","protocol":1,"room":"\#(room)","name":"\#(name)","resume":"\#(resume)"}"#)
        let subscribe = TCPClient.control(#"{"type":"subscribe"}"#)
        switch behaviour {
        case .viewer, .deaf: outgoing = hello + subscribe
        case .publisher: outgoing = hello + subscribe + ChurnStream.publish
        case .silent: break
        case .stutterer: outgoing = Array(hello.prefix(hello.count / 2))
        case .vanishing: outgoing = hello + subscribe + Array(hello.prefix(9))
        case .garbler:
            outgoing = hello + (0..<500).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private static func open(port: Int, receiveBuffer: Int32?) throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw HarnessError("socket: \(errno)") }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        let code = TCPClient.withLoopback(port: port) { connect(descriptor, $0, $1) }
        guard code == 0 || errno == EINPROGRESS else {
            Glibc.close(descriptor)
            throw HarnessError("connect: \(errno)")
        }
        return descriptor
    }

    /// Sends and receives what can be at the moment.
    func pump(now: ContinuousClock.Instant) {
        guard !isOver else { return }
        if !isLeaving, behaviour == .publisher || behaviour == .viewer, now >= ping {
            ping = now + .seconds(1)
            outgoing += TCPClient.control(#"{"type":"ping","time":1}"#)
        }
        if let track, now >= due, outgoing.count < 1 << 20 {
            due = max(due + stream.interval, now - .seconds(1))
            outgoing += stream.frame(track: track, sequence: sequence)
            sequence += 1
        }
        send()
        if behaviour != .deaf || isLeaving { receive() }
    }

    /// Leaves. After ``Ending/halfClose`` and ``Ending/bye`` it stays until the server has closed.
    func end(_ ending: Ending) {
        guard !isOver, !isLeaving else { return }
        isLeaving = true
        track = nil
        switch ending {
        case .bye:
            // Behind a half-sent frame a bye would be its rest: then the server ends it, or its timeout does.
            outgoing = []
            outgoing += TCPClient.control(#"{"type":"bye"}"#)
            send()
            shutdown(descriptor, Int32(SHUT_WR))
        case .halfClose: shutdown(descriptor, Int32(SHUT_WR))
        case .reset:
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            over()
        case .close: over()
        }
    }

    private func over() {
        isOver = true
        close(descriptor)
        descriptor = -1
    }

    private func send() {
        while !outgoing.isEmpty {
            let count = outgoing.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                outgoing.removeFirst(count)
            } else {
                if errno != EAGAIN && errno != ENOTCONN { over() }
                return
            }
        }
    }

    private func receive() {
        while !isOver {
            let count = scratch.bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 {
                if behaviour == .publisher, !isLeaving, token == nil || track == nil {
                    look(scratch.bytes[..<count])
                }
            } else {
                if count == 0 || (errno != EAGAIN && errno != ENOTCONN) { over() }
                return
            }
        }
    }

    /// Looks at control messages for the token and for the number of the published track, until both are known.
    private func look(_ bytes: ArraySlice<UInt8>) {
        incoming += bytes
        var rest = incoming[...]
        while let length = rest.prefix(4).count == 4 ? rest.prefix(4).reduce(0, { $0 << 8 | Int($1) }) : nil,
            rest.count >= 4 + length
        {
            let frame = rest.dropFirst(4).prefix(length)
            rest = rest.dropFirst(4 + length)
            if frame.first == 1 { understand(String(decoding: frame.dropFirst(), as: UTF8.self)) }
        }
        incoming = token != nil && track != nil ? [] : Array(rest)
    }

    private func understand(_ message: String) {
        if token == nil, let field = message.range(of: #""resume":""#) {
            token = String(message[field.upperBound...].prefix { $0 != "\"" })
        }
        guard message.contains(#""type":"published""#), let field = message.range(of: #""track":"#) else {
            return
        }
        track = UInt32(message[field.upperBound...].prefix { $0.isNumber })
        due = ContinuousClock.now
    }
}

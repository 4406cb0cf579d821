import Glibc
import Media
import Synchronization

/// Writes text to a descriptor: at once, or, in a program that goes on while it says things, from a thread of its own.
///
/// There nobody is held up by a reader who does not read: a terminal that was stopped, a pipe to a program that hangs. What
/// does not fit into a mebibyte until then is left out and counted. Any thread.
package final class LineWriter: Sendable {
    private enum Mode {
        /// Whoever writes waits for the reader.
        case direct
        case detached(BlockingThread)
        /// The thread writes the rest; what is said meanwhile comes behind it.
        case ending
        /// The reader has gone silent; the program ends.
        case silent
    }

    private struct State {
        var mode = Mode.direct
        /// Lines that found no room since the last one that did.
        var leftOut = 0
        /// Pieces that were written.
        var written = 0
        /// What was said while the thread wrote the rest.
        var late: [UInt8] = []
    }

    /// The program's standard output.
    static let output = LineWriter(STDOUT_FILENO)
    /// The program's standard error.
    static let errors = LineWriter(STDERR_FILENO)
    /// Bytes that wait for the reader at most.
    package static let capacity = 1 << 20
    /// How long a reader may read nothing at the end before the rest is given up, nanoseconds.
    private static let patience: Int64 = 2_000_000_000

    private let descriptor: Int32
    private let texts = Mailbox<[UInt8]>(capacity: LineWriter.capacity)
    private let state = Mutex(State())

    /// A writer that writes at once. The descriptor stays the caller's.
    package init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// From now on nobody who writes waits. Where the system has no thread for it, it stays as it is.
    package func detach() {
        state.withLock { state in
            guard case .direct = state.mode else { return }
            let thread = try? BlockingThread(descriptor == STDERR_FILENO ? "stderr" : "stdout") {
                self.drain()
            }
            if let thread { state.mode = .detached(thread) }
        }
    }

    /// Writes `text` behind what was written before. Where nobody reads any more, it is dropped.
    package func write(_ text: String) {
        let bytes = Array(text.utf8)
        // Under the lock, so that what is direct comes behind what was not.
        state.withLock { state in
            switch state.mode {
            case .direct: put(bytes)
            case .detached: if !texts.put(bytes, cost: bytes.count) { state.leftOut += 1 }
            case .ending:
                if state.late.count + bytes.count > Self.capacity {
                    state.leftOut += 1
                } else {
                    state.late += bytes
                }
            case .silent: break
            }
        }
    }

    /// Returns when everything is written, or the reader has read nothing for two seconds. Afterwards text is written at once
    /// again, or none where the reader does not read.
    package func finish() async {
        let running = state.withLock { state -> BlockingThread? in
            guard case .detached(let thread) = state.mode else { return nil }
            state.mode = .ending
            return thread
        }
        guard let thread = running else { return }
        texts.close()
        var before = -1
        while await !thread.wait(atMost: Self.patience) {
            let written = state.withLock(\.written)
            if written == before { return state.withLock { $0.mode = .silent } }
            before = written
        }
        state.withLock { state in
            state.mode = .direct
            put(state.late)
            state.late = []
            if state.leftOut > 0 { put(Self.told(leftOut: state.leftOut)) }
            state.leftOut = 0
        }
    }

    private static func told(leftOut: Int) -> [UInt8] {
        Array("(\(Counted.text(leftOut, "line")) left out: nobody was reading)\n".utf8)
    }

    private func drain() {
        while case .item(let bytes) = texts.next() {
            put(bytes)
            let leftOut = state.withLock { state in
                state.written += 1
                defer { state.leftOut = 0 }
                return state.leftOut
            }
            if leftOut > 0 { put(Self.told(leftOut: leftOut)) }
        }
    }

    private func put(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                // Somebody else has made the terminal or pipe so that it does not wait.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if count == 0 || errno != EINTR {
                return
            }
        }
    }
}

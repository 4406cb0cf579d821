import App
import Glibc
import Media
import Synchronization
import Testing

@Suite("Lines and whoever reads them")
struct LineWriterTests {
    private let reading: Int32
    private let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        (reading, writing) = (ends[0], ends[1])
    }

    private final class Box: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    /// Reads a pipe to its end, on a thread of its own: the tests' threads may all be busy for longer than a writer is patient.
    private final class Reader: Sendable {
        private let thread: BlockingThread
        private let box: Box

        init(_ descriptor: Int32) throws {
            let box = Box()
            thread = try BlockingThread("reader") {
                var piece = [UInt8](repeating: 0, count: 65_536)
                while case let count = read(descriptor, &piece, piece.count), count > 0 {
                    box.bytes.withLock { $0 += piece[..<count] }
                }
            }
            self.box = box
        }

        /// The lines, once the writing end is closed.
        func lines() async -> [Substring] {
            await thread.wait()
            return box.bytes.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n")
        }
    }

    @Test func whoWritesWaitsForNobodyAndIsToldWhatWasLeftOut() async throws {
        let writer = LineWriter(writing)
        writer.detach()
        let line = String(repeating: "x", count: 999) + "\n"
        // Three times what the pipe and the writer hold: without a thread of its own this would never return.
        for _ in 0..<3 * LineWriter.capacity / 1000 { writer.write(line) }
        let reader = try Reader(reading)
        await writer.finish()
        writer.write("behind it\n")
        close(writing)
        let lines = await reader.lines()
        close(reading)
        let leftOut = try #require(lines.first { $0.hasPrefix("(") }).split(separator: " ")[0].dropFirst()
        #expect(lines.count { $0.hasPrefix("x") } + (Int(leftOut) ?? 0) == 3 * LineWriter.capacity / 1000)
        #expect(lines.last == "behind it")
    }

    @Test func whatIsSaidWhileItEndsComesBehindTheRest() async throws {
        let writer = LineWriter(writing)
        writer.detach()
        // More than the pipe holds, and nobody reads yet: the end cannot be over before the last is said.
        for _ in 0..<200 { writer.write(String(repeating: "x", count: 999) + "\n") }
        let ending = Task.immediate { await writer.finish() }
        for number in 0..<100 { writer.write("late \(number)\n") }
        let reader = try Reader(reading)
        await ending.value
        close(writing)
        let lines = await reader.lines()
        close(reading)
        #expect(lines.count == 300)
        #expect(Array(lines.suffix(100)) == (0..<100).map { "late \($0)" })
    }

    @Test func whereNobodyReadsTheEndComes() async {
        let writer = LineWriter(writing)
        writer.detach()
        for _ in 0..<200 { writer.write(String(repeating: "x", count: 999) + "\n") }
        await writer.finish()
        // Nobody reads now either.
        for _ in 0..<200 { writer.write(String(repeating: "x", count: 999) + "\n") }
        // The pipe stays open: its writer's thread still waits for a reader.
    }
}

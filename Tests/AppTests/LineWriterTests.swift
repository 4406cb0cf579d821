import App
import Glibc
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

    /// Everything up to the end of the pipe.
    private func text() -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(reading, &piece, piece.count), count > 0 { bytes += piece[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func whoWritesWaitsForNobodyAndIsToldWhatWasLeftOut() async throws {
        let writer = LineWriter(writing)
        writer.detach()
        let line = String(repeating: "x", count: 999) + "\n"
        // Three times what the pipe and the writer hold: without a thread of its own this would never return.
        for _ in 0..<3 * LineWriter.capacity / 1000 { writer.write(line) }
        async let all = text()
        await writer.finish()
        writer.write("behind it\n")
        close(writing)
        let lines = await all.split(separator: "\n")
        close(reading)
        let leftOut = try #require(lines.first { $0.hasPrefix("(") }).split(separator: " ")[0].dropFirst()
        #expect(lines.count { $0.hasPrefix("x") } + (Int(leftOut) ?? 0) == 3 * LineWriter.capacity / 1000)
        #expect(lines.last == "behind it")
    }

    @Test func whatIsSaidWhileItEndsComesBehindTheRest() async {
        let writer = LineWriter(writing)
        writer.detach()
        // More than the pipe holds: the thread waits for the reader.
        for _ in 0..<200 { writer.write(String(repeating: "x", count: 999) + "\n") }
        async let ended: Void = writer.finish()
        for number in 0..<100 {
            writer.write("late \(number)\n")
            try? await Task.sleep(for: .milliseconds(1))
        }
        async let all = text()
        await ended
        close(writing)
        let lines = await all.split(separator: "\n").suffix(100)
        close(reading)
        #expect(Array(lines) == (0..<100).map { "late \($0)" })
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

import Container
import Glibc
import MediaTesting
import Testing

@Suite("Recording files")
struct RecordingFileTests {
    private func code(_ body: () throws(ContainerError) -> Void) -> Int32? {
        do {
            try body()
            return nil
        } catch {
            if case .file(_, _, let code) = error { return code }
            return -1
        }
    }

    @Test func positionsAreWrittenAndRead() throws {
        let folder = try TemporaryFolder()
        let file = try RecordingFile(folder.path + "/a", .create)
        try file.write([1, 2, 3, 4], at: 0)
        try file.write([9], at: 6)
        #expect(try file.size() == 7)
        #expect(try file.read(100, at: 2) == [3, 4, 0, 0, 9])
        #expect(try file.read(2, at: 7).isEmpty && file.read(0, at: 0).isEmpty)
        try file.truncate(to: 3)
        #expect(try file.read(10, at: 0) == [1, 2, 3])
        try file.synchronize()
        try RecordingFile.synchronizeFolder(folder.path)
    }

    @Test func partsAreWrittenOneBehindTheOther() throws {
        let folder = try TemporaryFolder()
        let file = try RecordingFile(folder.path + "/a", .create)
        // More than the system takes in one call, empty ones among them.
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        try bytes.withUnsafeBytes { bytes in
            let parts = (0..<2500).flatMap { index in
                [bytes[(2 * index)..<(2 * index + 2)], bytes[0..<0]].map {
                    UnsafeRawBufferPointer(rebasing: $0)
                }
            }
            try file.write(parts, at: 3)
        }
        #expect(try file.read(6000, at: 0) == [0, 0, 0] + bytes)
    }

    /// What the system took only a part of goes on behind that.
    @Test func theRestOfPartsBeginsBehindWhatWasWritten() {
        let bytes = [UInt8](0..<10)
        bytes.withUnsafeBytes { bytes in
            let parts = [bytes[0..<3], bytes[3..<4], bytes[4..<10]].map {
                UnsafeRawBufferPointer(rebasing: $0)
            }
            for count in 0...10 {
                let rest = RecordingFile.dropping(count, from: parts[...])
                #expect(rest.flatMap { Array($0) } == Array(bytes[count...]))
                #expect(rest.allSatisfy { !$0.isEmpty })
            }
        }
    }

    @Test func whatIsForgottenIsReadFromTheDisk() throws {
        let folder = try TemporaryFolder()
        let file = try RecordingFile(folder.path + "/a", .create)
        var expected: [UInt8] = []
        for round in 0..<20 {
            let part = [UInt8](repeating: UInt8(round), count: 10_001)
            try file.write(part, at: Int64(expected.count))
            expected += part
            file.startSynchronizing()
            if round.isMultiple(of: 3) { try file.synchronize() }
            // Ranges of every kind: none of a page, beyond the end, and what is not on the disk yet.
            for range: Range<Int64> in [0..<Int64(expected.count), 100..<200, -5..<1 << 40, 8192..<8192] {
                file.forget(range)
            }
        }
        #expect(try file.read(expected.count + 1, at: 0) == expected)
    }

    @Test func aFileIsNeverOverwrittenByCreating() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("a", [1])
        #expect(code { () throws(ContainerError) in _ = try RecordingFile(path, .create) } == EEXIST)
    }

    @Test func errorsNameTheOperationAndTheFile() throws {
        let folder = try TemporaryFolder()
        let missing = folder.path + "/missing"
        #expect(code { () throws(ContainerError) in _ = try RecordingFile(missing, .update) } == ENOENT)
        #expect(code { () throws(ContainerError) in try RecordingFile.synchronizeFolder(missing) } == ENOENT)
        #expect {
            _ = try RecordingFile(missing, .read)
        } throws: {
            "\($0)".contains(missing) && "\($0)".contains("No such file or directory")
        }
        let path = try folder.file("a", [1])
        let file = try RecordingFile(path, .read)
        var failure: Int32?
        do { try file.write([1], at: 0) } catch { if case .file(_, _, let code) = error { failure = code } }
        #expect(failure == EBADF)
    }

    @Test(.enabled(if: access("/dev/full", W_OK) == 0)) func aFullDiskIsReported() throws {
        let file = try RecordingFile("/dev/full", .update)
        var failure: Int32?
        do { try file.write([1], at: 0) } catch { if case .file(_, _, let code) = error { failure = code } }
        #expect(failure == ENOSPC)
    }
}

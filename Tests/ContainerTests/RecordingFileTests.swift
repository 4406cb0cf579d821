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

import App
import Archive
import FoundationEssentials
import MediaTesting
import Testing

@Suite("Deleting from the command line")
struct PruningTests {
    /// An archive of meetings of the room `a` that ended long ago.
    private struct Stage {
        let folder: TemporaryFolder
        let meetings = ["m1", "m2", "m3"]

        init() throws {
            folder = try TemporaryFolder()
            for (index, meeting) in meetings.enumerated() {
                let directory = folder.path + "/a/" + meeting
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                let text = """
                    {"version":1,"meeting":"\(meeting)","room":"a","started":"2020-01-0\(index + 1)T00:00:00.000Z",\
                    "ended":"2020-01-0\(index + 1)T01:00:00.000Z","software":{},"participants":[],"segments":[]}
                    """
                try Data(text.utf8).write(to: URL(filePath: directory + "/meeting.json"))
            }
        }

        var left: [String] {
            get throws {
                try FileManager.default.contentsOfDirectory(atPath: folder.path).contains("a")
                    ? FileManager.default.contentsOfDirectory(atPath: folder.path + "/a").sorted() : []
            }
        }

        func prune(olderThan: String? = nil, keepFree: String? = nil, isConfirmed: Bool = false) async throws
        {
            try await ArchivePruning.run(
                .init(olderThan: olderThan, keepFree: keepFree, isDryRun: false, isConfirmed: isConfirmed),
                archive: folder.path, configuration: nil)
        }
    }

    @Test func whatCannotBeReachedDeletesNothing() async throws {
        let stage = try Stage()
        let error = await #expect(throws: AppError.self) {
            try await stage.prune(olderThan: "1d", keepFree: "2000000T", isConfirmed: true)
        }
        #expect(error?.status == .failure && error?.description.contains("would still be missing") == true)
        #expect(try stage.left == stage.meetings)
    }

    @Test(arguments: ["1m", "1M", "7", "soon"])
    func aLengthThatIsNoneDeletesNothing(text: String) async throws {
        let stage = try Stage()
        let error = await #expect(throws: AppError.self) {
            try await stage.prune(olderThan: text, isConfirmed: true)
        }
        #expect(error?.status == .usage)
        #expect(try stage.left == stage.meetings)
    }

    /// Tests have no terminal.
    @Test func mostOfAnArchiveGoesOnlyWhereSomebodyHasSaidYes() async throws {
        let stage = try Stage()
        let error = await #expect(throws: AppError.self) { try await stage.prune(olderThan: "1mo") }
        #expect(error?.status == .usage && error?.description.contains("--yes") == true)
        #expect(try stage.left == stage.meetings)
        try await stage.prune(olderThan: "1mo", isConfirmed: true)
        #expect(try stage.left == [])
    }

    @Test func aMeetingIsDeletedByItsFullNameOrWithYes() async throws {
        let stage = try Stage()
        func delete(_ name: String, _ isConfirmed: Bool) async throws {
            try await ArchiveRetention.delete(
                meeting: name, isConfirmed: isConfirmed, archive: stage.folder.path, configuration: nil)
        }
        let error = await #expect(throws: AppError.self) { try await delete("a", false) }
        #expect(error?.status == .usage && error?.description.contains("a/m3") == true)
        #expect(try stage.left == stage.meetings)
        try await delete("a/m2", false)
        #expect(try stage.left == ["m1", "m3"])
        try await delete("last", true)
        #expect(try stage.left == ["m1"])
    }
}

import Archive
import Container
import FoundationEssentials
import Logging
import Media
import MediaTesting
import Testing

@Suite("Catalogue", .timeLimit(.minutes(2)))
struct IndexTests {
    /// What a list may take with 100,000 files in the archive; the least of several runs, so that others on the machine
    /// do not count.
    private static let listMilliseconds = 50.0

    @Test func theRecorderKeepsItUpToDateAndAddsDigests() async throws {
        let stage = try MeetingStage()
        let audio = try EncodedStream.tone(milliseconds: 500)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: audio.description)
        stage.play([(1, audio)])
        stage.recorder.chat(participant: "p1", name: "Ada", text: "hello", wall: 1)
        stage.recorder.left(participant: "p1", reason: "bye")
        await stage.finish()
        let followed: [String]
        do {
            let index = try ArchiveIndex(archive: stage.store.path)
            #expect(index.reasonOfRebuild == nil)
            let meeting = try #require(try index.meetings().first)
            #expect(meeting.room == "room/1" && meeting.people == 1 && meeting.files == 1 && meeting.complete)
            followed = try index.content()
        }
        #expect(followed.contains { $0.contains("|\"chat\"|") }, "\(followed)")
        let rebuilt = try ArchiveIndex(archive: stage.store.path, rebuilding: true).content()
        #expect(rebuilt == followed)
        let segment = try #require(try stage.meeting().manifest.segments.first)
        let digest = try #require(try FileDigest.sha256(try stage.path(segment.file)))
        #expect(segment.sha256 == digest && digest.count == 64)
    }

    @Test func digestsThatAreMissingAreAddedAfterTheNextStart() async throws {
        let stage = try MeetingStage()
        let audio = try EncodedStream.tone(milliseconds: 500)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: audio.description)
        stage.play([(1, audio)])
        await stage.finish()
        let digest = try #require(try stage.meeting().manifest.segments.first?.sha256)
        let manifest = try stage.path("meeting.json")
        let whole = String(decoding: try Data(contentsOf: URL(filePath: manifest)), as: UTF8.self)
        let stripped = whole.replacing("\"sha256\" : \"\(digest)\",", with: "")
        try Data(stripped.utf8).write(to: URL(filePath: manifest))
        try FileManager.default.removeItem(atPath: ArchiveIndex.path(archive: stage.store.path))
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let next = try ArchiveStore(
            ArchiveConfiguration(path: stage.store.path), software: [:], logger: logger)
        await next.finish()
        #expect(try stage.meeting().manifest.segments.first?.sha256 == digest)
        #expect(try ArchiveIndex(archive: stage.store.path).content().contains { $0.contains(digest) })
    }

    @Test func aDigestIsThatOfTheStandard() throws {
        let folder = try TemporaryFolder()
        try Data("abc".utf8).write(to: URL(filePath: folder.path + "/abc"))
        // FIPS 180-4, appendix B.1 of its predecessor.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(try FileDigest.sha256(folder.path + "/abc") == expected)
    }

    /// What can happen to the catalogue's file.
    enum Damage: CaseIterable {
        case deleted, emptied, garbage, torn, otherVersion, zeroed, scrambled
    }

    @Test(arguments: Damage.allCases) func whateverHappensToItsFileItSaysTheSameAgain(_ damage: Damage) throws
    {
        let archive = try SyntheticArchive()
        for number in 0..<60 {
            try archive.add(room: "r\(number % 3)", meeting: "m\(number)", start: Int64(number), segments: 5)
        }
        let before = try archive.index { try $0.content() }
        #expect(before.count == 60 * (1 + 1 + 5 + 10 + 4))
        let file = URL(filePath: archive.catalogue)
        var bytes = try Data(contentsOf: file)
        switch damage {
        case .deleted: try FileManager.default.removeItem(at: file)
        case .emptied: bytes = Data()
        case .garbage: bytes = Data((0..<bytes.count).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        case .torn: bytes = bytes.prefix(bytes.count / 2)
        case .otherVersion: bytes[63] = 99
        case .zeroed: bytes.replaceSubrange(4096..<bytes.count, with: Data(count: bytes.count - 4096))
        case .scrambled: for index in stride(from: 4096, to: bytes.count, by: 7) { bytes[index] ^= 0x5A }
        }
        if damage != .deleted { try bytes.write(to: file) }
        try archive.index { (index) throws -> Void in
            #expect(try index.content() == before)
            #expect(index.reasonOfRebuild != nil && index.isStored)
        }
        try archive.index { #expect($0.reasonOfRebuild == nil, "once is enough") }
    }

    @Test func itFollowsFoldersThatComeAndGo() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "m1", start: 0)
        func names() throws -> [String] { try archive.index { try $0.meetings().map(\.folder) } }
        #expect(try names() == ["a/m1"])
        try archive.add(room: "a", meeting: "m2", start: 10)
        try archive.add(room: "b", meeting: "m3", start: 5)
        #expect(try names() == ["a/m1", "b/m3", "a/m2"])
        try FileManager.default.removeItem(atPath: archive.path + "/b")
        try FileManager.default.moveItem(
            atPath: archive.path + "/a/m1", toPath: archive.path + "/a/.deleted-m1")
        #expect(try names() == ["a/m2"])
        let followed = try archive.index { try $0.content() }
        let rebuilt = try ArchiveIndex(archive: archive.path, rebuilding: true).content()
        #expect(followed == rebuilt)
    }

    @Test func aManifestThatCannotBeReadIsSaidAndFoundAgainOnceMended() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "m1", start: 0)
        try archive.add(room: "a", meeting: "m2", start: 0)
        let path = archive.path + "/a/m1/meeting.json"
        let whole = try Data(contentsOf: URL(filePath: path))
        try archive.write("{", to: path)
        try archive.index { (index) throws -> Void in
            #expect(try index.meetings().compactMap(\.problem).count == 1)
            #expect(try index.meeting("last").folder == "a/m2")
        }
        try whole.write(to: URL(filePath: path))
        let problems = try archive.index { try $0.meetings().compactMap(\.problem) }
        #expect(problems.isEmpty)
    }

    @Test func aListCanBeNarrowedByRoomAndTime() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "m1", start: 0, length: 100)
        try archive.add(room: "b", meeting: "m2", start: 50, length: 100)
        try archive.add(room: "a", meeting: "m3", start: 200, length: 100)
        func list(_ room: String?, _ from: Int64?, _ to: Int64?) throws -> [String] {
            func instant(_ seconds: Int64) -> Int64 { (SyntheticArchive.epoch + seconds) * 1_000_000 }
            let filter = MeetingFilter(room: room, from: from.map(instant), to: to.map(instant))
            return try archive.index { try $0.meetings(filter).map(\.meeting) }
        }
        #expect(try list("a", nil, nil) == ["m1", "m3"])
        #expect(try list(nil, 120, nil) == ["m2", "m3"])
        #expect(try list(nil, nil, 200) == ["m1", "m2"])
        #expect(try list("a", 90, 201) == ["m1", "m3"])
        #expect(try list("c", nil, nil) == [])
    }

    @Test func namesMeanWhatTheCommandsPromise() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "m1", start: 0)
        try archive.add(room: "a", meeting: "m2", start: 100)
        try archive.add(room: "b", meeting: "m3", start: 50)
        try archive.index { (index) throws -> Void in
            #expect(try index.meeting("last").meeting == "m2")
            #expect(try index.meeting("b").meeting == "m3")
            #expect(try index.meeting("a/m1").meeting == "m1")
            #expect(try index.meeting("m1").meeting == "m1")
            #expect(throws: ArchiveError.self) { try index.meeting("never") }
        }
    }

    @Test func whereItCannotBeWrittenItIsMadeInMemory() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "m1", start: 0)
        try FileManager.default.createDirectory(atPath: archive.catalogue, withIntermediateDirectories: true)
        try archive.index { (index) throws -> Void in
            #expect(try index.meetings().map(\.meeting) == ["m1"])
            #expect(!index.isStored)
        }
    }

    @Test func aHundredThousandFilesAreListedAtOnce() throws {
        let archive = try SyntheticArchive()
        for number in 0..<2000 {
            try archive.add(
                room: "r\(number % 20)", meeting: "m\(number)", start: Int64(number * 60), segments: 50,
                hasTracks: false)
        }
        // Once to make it, and once more because the folders are so new.
        for _ in 0..<2 { _ = try archive.index { try $0.meetings() } }
        var best = Double.infinity
        for _ in 0..<7 {
            let start = MediaClock.system.now()
            let count = try archive.index { try $0.meetings().reduce(0) { $0 + $1.files } }
            best = min(best, Double(MediaClock.system.now() - start) / 1e6)
            #expect(count == 100_000)
        }
        print("a list over 100,000 files takes \(best) ms")
        #expect(best <= Self.listMilliseconds, "\(best) ms")
    }
}

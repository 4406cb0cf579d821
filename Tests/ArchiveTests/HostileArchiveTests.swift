import Archive
import Container
import FoundationEssentials
import Glibc
import Media
import MediaTesting
import Testing

/// An archive may come from elsewhere: whatever is in it, readers end, change nothing outside of it, and the others go on.
@Suite("Archives from elsewhere", .timeLimit(.minutes(5)))
struct HostileArchiveTests {
    private let files = FileManager.default

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    /// A meeting that was cut off while it was recorded, as bytes: journal, manifest, recording.
    private func unfinished() async throws -> (journal: [UInt8], manifest: [UInt8], media: [UInt8]) {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 30)
        let audio = try EncodedStream.tone(milliseconds: 1000)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.recorder.trackAdded(2, participant: "p1", description: audio.description)
        stage.recorder.clock(1, pts: 0, serverTime: 100_500_000)
        stage.play([(1, video), (2, audio)])
        stage.recorder.chat(participant: "p1", name: "Ada", text: "done", wall: 1)
        await stage.advance(seconds: 1)
        let folder = try stage.meeting().folder
        func bytes(_ name: String) throws -> [UInt8] {
            Array(try Data(contentsOf: URL(filePath: folder + name)))
        }
        let result = try (bytes("/journal.jsonl"), bytes("/meeting.json"), bytes("/p1-camera-1.mp4"))
        await stage.finish()
        return result
    }

    /// Some bytes changed, left out, doubled, or replaced by numbers at the edge of what they can be.
    private func mutated(_ bytes: [UInt8], isText: Bool, _ random: inout SeededGenerator) -> [UInt8] {
        var result = bytes
        let edges = [
            "9223372036854775807", "-9223372036854775808", "4294967296", "1e300", "null", "[[[[",
            "\"../../x\"",
        ]
        for _ in 0...Int(random.next() % 4) {
            let place = Int(random.next() % UInt64(result.count))
            switch random.next() % 5 {
            case 0: result[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: result.removeSubrange(place..<min(result.count, place + Int(random.next() % 64) + 1))
            case 2: result.insert(contentsOf: result[place..<min(result.count, place + 40)], at: place)
            case 3 where isText:
                // A number becomes another.
                guard let start = result[place...].firstIndex(where: { (0x30...0x39).contains($0) }) else {
                    continue
                }
                let end = result[start...].firstIndex { !(0x30...0x39).contains($0) } ?? result.count
                let edge = edges[Int(random.next() % UInt64(edges.count))]
                result.replaceSubrange(start..<end, with: Array(edge.utf8))
            default:
                let values: [[UInt8]] = [
                    [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0], [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0],
                ]
                let end = min(result.count, place + 4)
                result.replaceSubrange(place..<end, with: values[Int(random.next() % 4)].prefix(end - place))
            }
            if result.isEmpty { result = [0] }
        }
        return result
    }

    @Test func anythingInAMeetingsFolderIsReadWithoutHarm() async throws {
        let (journal, manifest, media) = try await unfinished()
        var random = SeededGenerator(seed: 34)
        let place = try TemporaryFolder()
        let folder = place.path + "/archive/room/meeting"
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for round in 0..<1000 {
            // Journals and manifests are read in the first rounds, recordings in all.
            let isText = round < 600
            try Data(isText ? mutated(journal, isText: true, &random) : journal).write(
                to: URL(filePath: folder + "/journal.jsonl"))
            try Data(isText ? mutated(manifest, isText: true, &random) : manifest).write(
                to: URL(filePath: folder + "/meeting.json"))
            try Data(round % 2 == 0 ? mutated(media, isText: false, &random) : media).write(
                to: URL(filePath: folder + "/p1-camera-1.mp4"))
            _ = try? StructureCheck(path: folder + "/p1-camera-1.mp4")
            let clocks = SegmentClocks(folder: folder)
            if let found = try? MeetingManifest.read(folder: folder) {
                for segment in found.segments {
                    let map = clocks.map(of: segment, track: 0)
                    _ = map.meetingTime(ofMedia: .max)
                    _ = map.mediaTime(ofMeeting: .min)
                }
            }
            if isText, round % 5 == 0 {
                _ = try ArchiveIndex(archive: place.path + "/archive", rebuilding: true).meetings()
            }
            if round % 20 == 0 {
                _ = MeetingVerifier(folder: folder)
                try? MeetingRecovery.recover(folder: folder) { _ in }
                if let found = try? MeetingManifest.read(folder: folder),
                    let source = try? ReplaySource(folder: folder, manifest: found)
                {
                    source.seek(to: 500_000)
                    var items = 0
                    while items < 1000, source.next() != nil { items += 1 }
                }
            }
        }
        #expect(try files.contentsOfDirectory(atPath: place.path) == ["archive"])
    }

    @Test func oneBadMeetingDoesNotKeepTheOthersFromBeingRecovered() async throws {
        let (journal, _, media) = try await unfinished()
        let place = try TemporaryFolder()
        func folder(_ name: String) throws -> String {
            let path = place.path + "/room/" + name
            try files.createDirectory(atPath: path, withIntermediateDirectories: true)
            return path
        }
        let big = "9223372036854775807"
        for (name, lines) in [
            ("a1", #"{"event":"start","room":"room","time":0,"wall":\#(big)}"#),
            (
                "a2",
                #"{"event":"segment","file":"p1-camera-1.mp4","participant":"p1","start":\#(big),"time":\#(big)}"#
            ),
            ("a3", String(repeating: "[", count: 200_000)),
            ("a4", #"{"event":"segment","file":"../../../victim.mp4","participant":"p1","time":0}"#),
            ("a5", String(repeating: "x", count: 3 << 20)),
        ] {
            let path = try folder(name)
            try write(lines + "\n", path + "/journal.jsonl")
            try Data(media).write(to: URL(filePath: path + "/p1-camera-1.mp4"))
        }
        // A manifest that cannot be replaced: the folder where its successor is written is in the way.
        let stuck = try folder("a6")
        try write("{}\n", stuck + "/journal.jsonl")
        try files.createDirectory(atPath: stuck + "/meeting.json.new/x", withIntermediateDirectories: true)
        let good = try folder("z")
        try Data(journal).write(to: URL(filePath: good + "/journal.jsonl"))
        try Data(media).write(to: URL(filePath: good + "/p1-camera-1.mp4"))
        var problems: [String] = []
        let count = try MeetingRecovery.recoverAll(archive: place.path) { report in
            if report.problem != nil { problems.append(report.path) }
        }
        #expect(count == 6 && problems == [stuck], "\(problems)")
        for name in ["a1", "a2", "a4", "z"] {
            let manifest = try MeetingManifest.read(folder: place.path + "/room/" + name)
            #expect(manifest.segments.map(\.file) == ["p1-camera-1.mp4"])
            #expect(manifest.segments.first?.state == .finalised)
        }
    }

    @Test func aYearThatThereIsNotAndAbsurdNumbersAreListed() throws {
        let archive = try SyntheticArchive()
        for (name, started) in [
            ("m1", "300000-01-01T00:00:00.000Z"), ("m2", "+99999999-01-01T00:00:00Z"), ("m3", ""),
        ] {
            try archive.add(room: "a", meeting: name, start: 0)
            let path = archive.path + "/a/\(name)/meeting.json"
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            try write(
                text.replacing(SyntheticArchive.text(0), with: started).replacing(
                    "\"bytes\":1000", with: "\"bytes\":9223372036854775807"), path)
        }
        #expect(try archive.index { try $0.meetings() }.count == 3)
        let plan = PrunePlan(
            .init(olderThanSeconds: 0, keepFreeBytes: .max),
            meetings: try archive.index { try $0.meetings() },
            archive: archive.path, now: .max, freeBytes: 1)
        #expect(plan.missingBytes > 0)
    }

    /// One fragment says that it has 2^32 − 1 samples, without a word about each.
    @Test func aCountThatNoFileHoldsTakesNoMemory() async throws {
        var media = try await unfinished().media
        let trun = try #require(
            media.indices.dropLast(16).first { media[$0..<$0 + 4] == Array("trun".utf8)[...] })
        media.replaceSubrange(trun + 4..<trun + 12, with: [0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF])
        let place = try TemporaryFolder()
        let path = place.path + "/p1-camera-1.mp4"
        try Data(media).write(to: URL(filePath: path))
        let check = try StructureCheck(path: path)
        #expect(check.sampleCounts.reduce(0, +) < 1000)
    }

    // MARK: ways out

    @Test func linksLeadNowhere() async throws {
        let (journal, manifest, media) = try await unfinished()
        let place = try TemporaryFolder()
        let outside = place.path + "/outside"
        let archive = place.path + "/archive"
        try files.createDirectory(atPath: outside + "/meeting", withIntermediateDirectories: true)
        for folder in ["room/file", "room/journal", "room/manifest"] {
            try files.createDirectory(atPath: archive + "/" + folder, withIntermediateDirectories: true)
            try Data(journal).write(to: URL(filePath: "\(archive)/\(folder)/journal.jsonl"))
            try Data(manifest).write(to: URL(filePath: "\(archive)/\(folder)/meeting.json"))
        }
        let contents: [(String, [UInt8])] = [
            ("p1-camera-1.mp4", media), ("journal.jsonl", journal), ("meeting.json", manifest),
        ]
        for (name, bytes) in contents {
            try Data(bytes).write(to: URL(filePath: "\(outside)/meeting/\(name)"))
        }
        func link(_ path: String, _ target: String) throws {
            try? files.removeItem(atPath: archive + "/" + path)
            try #require(symlink(outside + target, archive + "/" + path) == 0)
        }
        try link("room/file/p1-camera-1.mp4", "/meeting/p1-camera-1.mp4")
        try link("room/journal/journal.jsonl", "/meeting/journal.jsonl")
        try link("room/manifest/meeting.json", "/meeting/meeting.json")
        try link("room/whole", "/meeting")
        try link("other", "")

        _ = try MeetingRecovery.recoverAll(archive: archive) { _ in }
        _ = try ArchiveIndex(archive: archive, rebuilding: true).meetings()
        #expect(
            try ArchiveVerifier.folders(archive: archive).allSatisfy {
                !$0.hasSuffix("/whole") && !$0.contains("other")
            })
        for folder in [
            "room/whole", "other/meeting", "../outside/meeting", "room/../../outside/meeting", "room/..",
        ] {
            #expect(throws: ArchiveError.self) { try MeetingRemoval.delete(folder, archive: archive) }
            #expect(throws: ArchiveError.self) {
                _ = try MeetingHold.set(true, folder: folder, archive: archive)
            }
        }
        #expect(throws: ContainerError.self) {
            try Demuxer(recording: archive + "/room/file/p1-camera-1.mp4")
        }
        #expect(!MeetingVerifier(folder: archive + "/room/file").findings.isEmpty)
        for (name, bytes) in contents {
            #expect(try Array(Data(contentsOf: URL(filePath: "\(outside)/meeting/\(name)"))) == bytes)
        }
        #expect(try files.contentsOfDirectory(atPath: outside + "/meeting").count == 3)
    }

    @Test func aManifestThatNamesAFileElsewhereIsRefused() throws {
        for name in ["../m2/p1-camera-1.mp4", "/etc/passwd", "..", "", "a/b.mp4", "meeting.json", ".x.mp4"] {
            let archive = try SyntheticArchive()
            try archive.add(room: "a", meeting: "m1", start: 0)
            try archive.add(room: "a", meeting: "m2", start: 1)
            let path = archive.path + "/a/m1/meeting.json"
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            try write(text.replacing("p1-camera-1.mp4", with: name), path)
            #expect(throws: ArchiveError.self) { try MeetingManifest.read(folder: archive.path + "/a/m1") }
            let catalogue = try ArchiveCatalogue(path: archive.path)
            #expect(catalogue.meetings.map(\.manifest.meeting) == ["m2"] && catalogue.problems.count == 1)
            let found = try archive.index { try $0.meetings() }
            #expect(found.compactMap(\.problem).count == 1 && found.count == 2)
        }
    }

    @Test func aCatalogueThatNamesAFolderElsewhereIsMadeAnew() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "m1", start: 0)
        _ = try archive.index { try $0.meetings() }
        let file = URL(filePath: archive.catalogue)
        var bytes = try Data(contentsOf: file)
        while let place = bytes.firstRange(of: Data("a/m1".utf8)) {
            bytes.replaceSubrange(place, with: Data("../x".utf8))
        }
        try bytes.write(to: file)
        #expect(try archive.index { try $0.meetings() }.map(\.folder) == ["a/m1"])
        #expect(throws: ArchiveError.self) { try archive.index { try $0.meeting("../x") } }
    }

    // MARK: names

    @Test(arguments: ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-journal", "convene"])
    func aRoomMayHaveAnyName(room: String) throws {
        let archive = try SyntheticArchive()
        try archive.add(room: room, meeting: "m1", start: 0)
        for _ in 0..<2 {
            let index = try ArchiveIndex(archive: archive.path, mayBeInMemory: false)
            #expect(index.isStored)
            #expect(try index.meetings().map(\.room) == [room])
        }
    }

    /// What an earlier version has left.
    @Test func theFormerCatalogueGoesAndOtherFilesStay() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "m1", start: 0)
        _ = try archive.index { try $0.meetings() }
        let former = archive.path + "/catalog.sqlite"
        try files.moveItem(atPath: archive.catalogue, toPath: former)
        #expect(try archive.index { try $0.meetings() }.count == 1)
        #expect(!files.fileExists(atPath: former) && files.fileExists(atPath: archive.catalogue))
        try write("something else", former)
        #expect(try archive.index { try $0.meetings() }.count == 1)
        #expect(files.fileExists(atPath: former))
    }

    @Test func fileNamesKeepLettersOfEveryScript() {
        func stem(_ name: String, _ id: String = "participant") -> String {
            FileName.person(id: id, name: name)
        }
        #expect(stem("Zoe\u{308} Mu\u{308}ßig") == "zoë-müßig" && stem("李雷") == "李雷")
        #expect(Array(stem("Zoe\u{308}").unicodeScalars).count == 3, "composed")
        #expect(stem("Ada", "ada-2") == "ada-2" && stem("🙂", "participant-2") == "participant-2")
        #expect(stem("a/..\\b:é*?\u{202E}|.") == "a-b-é")
        #expect(stem(String(repeating: "é", count: 200)).utf8.count == 48)
        #expect(FileName.source(String(repeating: "s", count: 200)).count == 32)
    }

    @Test func twoOfOneNameHaveFilesOfTheirOwn() async throws {
        let stage = try MeetingStage()
        let audio = try EncodedStream.tone(milliseconds: 300)
        for (track, id) in [(1, "participant"), (2, "participant-2")] as [(UInt32, String)] {
            stage.recorder.joined(participant: id, name: "李雷")
            stage.recorder.trackAdded(track, participant: id, description: audio.description)
        }
        stage.play([(1, audio), (2, audio)])
        await stage.finish()
        let files = try stage.meeting().manifest.segments.map(\.file).sorted()
        let source = FileName.source(audio.description.source)
        #expect(files == ["李雷-\(source)-1.mp4", "李雷-2-\(source)-1.mp4"].sorted())
    }
}

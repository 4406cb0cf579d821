import Archive
import Container
import FoundationEssentials
import Media
import MediaTesting
import Testing

@Suite("Verification", .timeLimit(.minutes(2)))
struct VerifyTests {
    /// A meeting of one person with pictures and sound, finished.
    private func recorded() async throws -> (stage: MeetingStage, folder: String) {
        let stage = try MeetingStage()
        // Pictures begin later than sound does: the file has an empty edit.
        let video = try EncodedStream.pattern(count: 45).shifted(byNanoseconds: 100_000_000)
        let audio = try EncodedStream.tone(milliseconds: 1500)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.recorder.trackAdded(2, participant: "p1", description: audio.description)
        stage.play([(1, video), (2, audio)])
        stage.recorder.left(participant: "p1", reason: "bye")
        await stage.finish()
        return (stage, try stage.meeting().folder)
    }

    private func problems(_ folder: String) -> [ArchiveFinding] {
        MeetingVerifier(folder: folder).findings.filter { $0.severity == .problem }
    }

    private func change(_ path: String, _ body: (inout Data) -> Void) throws {
        var bytes = try Data(contentsOf: URL(filePath: path))
        body(&bytes)
        try bytes.write(to: URL(filePath: path))
    }

    private func replace(_ text: String, by other: String, in path: String) throws {
        try change(path) { bytes in
            let whole = String(decoding: bytes, as: UTF8.self)
            bytes = Data(whole.replacing(text, with: other).utf8)
        }
    }

    private let video = "/p1-camera-1.mp4"

    @Test func nothingIsFoundInAnOrderlyMeeting() async throws {
        let (stage, folder) = try await recorded()
        let verifier = MeetingVerifier(folder: folder)
        #expect(verifier.findings.isEmpty, "\(verifier.findings)")
        #expect(verifier.files == 1 && verifier.bytes > 0 && verifier.media.first?.packets.count == 2)
        #expect(try ArchiveVerifier.strays(archive: stage.store.path).isEmpty)
    }

    @Test func oneChangedBitOfTheMediaIsFound() async throws {
        let (stage, folder) = try await recorded()
        try change(folder + video) { $0[$0.count / 2] ^= 1 }
        let found = problems(folder)
        #expect(found.count == 1 && found.first?.text.contains("SHA-256") == true, "\(found)")
        withExtendedLifetime(stage) {}
    }

    @Test func aFileThatIsMissingOrCutOffIsFound() async throws {
        let (stage, folder) = try await recorded()
        try change(folder + video) { $0 = $0.prefix($0.count - 100) }
        #expect(problems(folder).contains { $0.text.contains("no index") || $0.text.contains("whole box") })
        try FileManager.default.removeItem(atPath: folder + video)
        #expect(problems(folder).map(\.text) == ["is missing"])
        withExtendedLifetime(stage) {}
    }

    @Test func sampleOffsetsOutsideOfTheMediaAreFound() async throws {
        let (stage, folder) = try await recorded()
        try change(folder + video) { bytes in
            guard let box = bytes.firstRange(of: Data("co64".utf8)) else { return }
            // The last byte but one of the first chunk's offset.
            bytes[box.upperBound + 10] ^= 0x40
        }
        let found = try StructureCheck(path: folder + video).findings
        #expect(found.contains { $0.contains("outside of the media") }, "\(found)")
        withExtendedLifetime(stage) {}
    }

    @Test func noDamageOfAnIndexTrapsTheCheck() async throws {
        let (stage, folder) = try await recorded()
        let whole = try Data(contentsOf: URL(filePath: folder + video))
        let index = try #require(whole.firstRange(of: Data("mvhd".utf8), in: (whole.count / 2)..<whole.count))
        let copy = stage.folder.path + "/copy.mp4"
        var random = SeededGenerator(seed: 7)
        var unseen = 0
        for round in 0..<600 {
            var bytes = whole
            if round < 200 {
                bytes = bytes.prefix(Int.random(in: 0..<whole.count, using: &random))
            } else {
                for _ in 0..<3 {
                    bytes[Int.random(in: (index.lowerBound - 8)..<whole.count, using: &random)] =
                        UInt8.random(in: 0...255, using: &random)
                }
            }
            try bytes.write(to: URL(filePath: copy))
            if try StructureCheck(path: copy).findings.isEmpty, round < 200 { unseen += 1 }
        }
        #expect(unseen == 0, "every truncation is found")
    }

    @Test func aJournalThatDoesNotFitIsFound() async throws {
        let (stage, folder) = try await recorded()
        let journal = folder + "/journal.jsonl"
        try replace("\"event\":\"segment\"", by: "\"event\":\"sediment\"", in: journal)
        #expect(problems(folder).map(\.text) == ["it does not say that p1-camera-1.mp4 begins"])
        try replace("\"event\":\"join\"", by: "\"event\":\"jo", in: journal)
        let texts = problems(folder).map(\.text)
        #expect(
            texts.contains { $0.hasSuffix("is damaged") } && texts.contains { $0.contains("never joins") })
        withExtendedLifetime(stage) {}
    }

    @Test func aManifestThatDoesNotFitIsFound() async throws {
        let (stage, folder) = try await recorded()
        let manifest = folder + "/meeting.json"
        try replace("\"packets\" : 45", by: "\"packets\" : 46", in: manifest)
        #expect(problems(folder).contains { $0.text.contains("packets in its tracks") })
        try change(folder + "/p1-camera-2.mp4", creating: true)
        #expect(
            problems(folder).contains {
                $0.path.hasSuffix("p1-camera-2.mp4") && $0.text.contains("not in the manifest")
            })
        try change(manifest) { $0 = $0.prefix(20) }
        #expect(problems(folder).map(\.path) == [manifest])
        withExtendedLifetime(stage) {}
    }

    private func change(_ path: String, creating: Bool) throws {
        try Data([0]).write(to: URL(filePath: path))
    }

    @Test func aDigestThatIsMissingIsANoteAndCanBeAdded() async throws {
        let (stage, folder) = try await recorded()
        let digest = try #require(try stage.meeting().manifest.segments.first?.sha256)
        try replace("\"sha256\" : \"\(digest)\",", by: "", in: folder + "/meeting.json")
        let found = MeetingVerifier(folder: folder).findings
        #expect(found.map(\.text) == ["not hashed yet"] && found.first?.severity == .note, "\(found)")
        #expect(MeetingVerifier(folder: folder, addingDigests: true).findings.isEmpty)
        #expect(try stage.meeting().manifest.segments.first?.sha256 == digest)
    }

    @Test func whatACrashLeftIsFoundUntilItIsRecovered() async throws {
        let stage = try MeetingStage()
        let video = try EncodedStream.pattern(count: 90)
        stage.recorder.joined(participant: "p1", name: "Ada")
        stage.recorder.trackAdded(1, participant: "p1", description: video.description)
        stage.play([(1, video)])
        stage.recorder.chat(participant: "p1", name: "Ada", text: "done", wall: 1)
        await stage.settle()
        let copy = try stage.copyWhileItGoesOn()
        #expect(
            MeetingVerifier(folder: try stage.meeting().folder).findings.allSatisfy { $0.severity == .note })
        await stage.finish()
        let folder = try #require(try ArchiveVerifier.folders(archive: copy).first)
        #expect(problems(folder).contains { $0.text.contains("archive recover") })
        try MeetingRecovery.recoverAll(archive: copy) { _ in }
        #expect(MeetingVerifier(folder: folder, addingDigests: true).findings.isEmpty)
    }
}

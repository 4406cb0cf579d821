import Container
import Glibc
import Media
import MediaTesting
import Testing

@Suite("Finaliser")
struct FinaliserTests {
    private func finalised(_ bytes: [UInt8], in folder: TemporaryFolder) throws -> (
        path: String, result: Finaliser.Result
    ) {
        let path = try folder.file("finalised.mp4", bytes)
        return (path, try Finaliser.finalise(path))
    }

    @Test func fragmentsBecomeOneMovieWithTheSamePackets() throws {
        let folder = try TemporaryFolder()
        let recording = try Recording(try Recording.streams(seconds: 3))
        let before = try Recording.samples(try folder.file(recording.bytes))
        let (path, result) = try finalised(recording.bytes, in: folder)
        #expect(try Recording.samples(path) == before)
        #expect(before.count == result.sampleCounts.reduce(0, +))
        #expect(result.sampleCounts[0] == 90 && result.lostBytes == 0 && !result.wasFinalised)
        #expect(abs(result.durationInNanoseconds - 3_020_000_000) < 30_000_000)
        let bytes = try TemporaryFolder.bytes(path)
        #expect(TopLevelBox.all(bytes).map(\.kind) == ["ftyp", "mdat", "moov"])
        #expect(Int64(bytes.count) == result.size)
        #expect(try MediaProgram.complaints(about: path) == "")
    }

    @Test func theMediaIsNotTouched() throws {
        let folder = try TemporaryFolder()
        let recording = try Recording(try Recording.streams(seconds: 1))
        let (path, _) = try finalised(recording.bytes, in: folder)
        let bytes = try TemporaryFolder.bytes(path)
        let free = TopLevelBox.all(recording.bytes)[1].range
        #expect(bytes[free.upperBound..<recording.bytes.count] == recording.bytes[free.upperBound...])
        #expect(bytes[..<free.lowerBound] == recording.bytes[..<free.lowerBound])
    }

    @Test func playersSeekToTheKeyframe() throws {
        let folder = try TemporaryFolder()
        let (path, _) = try finalised(try Recording(try Recording.streams(seconds: 4)).bytes, in: folder)
        for (target, expected) in [(2.5, 60), (3.1, 90), (0.2, 0), (1.05, 30)] {
            let demuxer = try Demuxer(path: path)
            try demuxer.seek(toNanoseconds: Int64(target * 1e9))
            var first: Packet?
            while first == nil, let (track, packet) = try demuxer.next() {
                if track.kind == .video { first = packet }
            }
            let packet = try #require(first)
            #expect(packet.isKeyframe)
            // Picture 0 is at 20 ms.
            #expect(packet.pts == Int64(expected) * 3000 + 1800, "\(target) s")
        }
    }

    @Test(.enabled(if: MediaProgram.isInstalled)) func otherProgramsReadTheSameTimes() throws {
        let folder = try TemporaryFolder()
        let recording = try Recording(try Recording.streams(seconds: 2, startingAt: 700_000_000))
        let original = try folder.file(recording.bytes)
        let (path, _) = try finalised(recording.bytes, in: folder)
        for stream in ["v:0", "a:0"] {
            let before = try #require(try MediaProgram.packets(of: original, stream: stream))
            #expect(try MediaProgram.packets(of: path, stream: stream) == before)
            #expect(before.count > 50)
        }
    }

    @Test func aTornTailIsCutAtEveryByteAndTheRestKept() throws {
        let folder = try TemporaryFolder()
        let streams = try Recording.streams(seconds: 1)
        let recording = try Recording(streams, interval: 320_000_000)
        let last = try #require(recording.fragments.last)
        let kept = Array(recording.bytes[..<last.lowerBound])
        let (path, whole) = try finalised(kept, in: folder)
        let expected = try TemporaryFolder.bytes(path)
        let samples = try Recording.samples(path)
        #expect(whole.sampleCounts.allSatisfy { $0 > 10 } && last.count < 4000)
        for count in 1..<last.count {
            let torn = kept + recording.bytes[last.prefix(count)]
            let (path, result) = try finalised(torn, in: folder)
            #expect(result.lostBytes == Int64(count) && result.sampleCounts == whole.sampleCounts)
            #expect(try TemporaryFolder.bytes(path) == expected, "\(count) bytes of the last fragment")
        }
        #expect(samples.count == whole.sampleCounts.reduce(0, +))
        #expect(try finalised(recording.bytes, in: folder).result.lostBytes == 0)
    }

    @Test func noiseBehindTheLastFragmentIsCut() throws {
        let folder = try TemporaryFolder()
        let recording = try Recording(try Recording.streams(seconds: 1))
        let expected = try TemporaryFolder.bytes(try finalised(recording.bytes, in: folder).path)
        var random = SeededGenerator(seed: 8)
        for size in [1, 7, 8, 9, 15, 16, 17, 100, 5000] {
            for noise in [
                random.bytes(size), [UInt8](repeating: 0, count: size), [UInt8](repeating: 0xFF, count: size),
            ] {
                let (path, result) = try finalised(recording.bytes + noise, in: folder)
                #expect(result.lostBytes == Int64(size))
                #expect(try TemporaryFolder.bytes(path) == expected)
            }
        }
    }

    @Test func aFileWithoutMediaIsLeftAsItIs() throws {
        let folder = try TemporaryFolder()
        let recording = try Recording(try Recording.streams(seconds: 1))
        let first = try #require(recording.fragments.first)
        for size in Array(stride(from: 0, through: recording.headerSize, by: 5)) + [
            recording.headerSize, first.upperBound - 1,
        ] {
            let bytes = Array(recording.bytes[..<size])
            let path = try folder.file("short.mp4", bytes)
            #expect(throws: ContainerError.self) { try Finaliser.finalise(path) }
            #expect(try TemporaryFolder.bytes(path) == bytes)
        }
    }

    @Test func aFileThatIsNoRecordingIsLeftAsItIs() throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 9)
        for size in [0, 1, 20, 1000] {
            let bytes = random.bytes(size)
            let path = try folder.file("noise.mp4", bytes)
            #expect(throws: ContainerError.self) { try Finaliser.finalise(path) }
            #expect(try TemporaryFolder.bytes(path) == bytes)
        }
        #expect(throws: ContainerError.self) { try Finaliser.finalise(folder.path + "/missing.mp4") }
    }

    @Test func damagedIndicesNeverTrap() throws {
        let folder = try TemporaryFolder()
        let recording = try Recording(try Recording.streams(seconds: 1), interval: 10_000_000_000)
        let moof = try #require(TopLevelBox.all(recording.bytes).first { $0.kind == "moof" }).range
        var random = SeededGenerator(seed: 10)
        for position in Array(0..<recording.headerSize) + moof.prefix(200) {
            for value in [0, 0x7F, 0xFF, random.bytes(1)[0]] {
                var bytes = recording.bytes
                bytes[position] = value
                _ = try? Finaliser.finalise(try folder.file("damaged.mp4", bytes))
            }
        }
        for _ in 0..<500 {
            var bytes = recording.bytes
            for _ in 0..<8 { bytes[Int(random.next() % UInt64(moof.upperBound))] = random.bytes(1)[0] }
            _ = try? Finaliser.finalise(try folder.file("damaged.mp4", bytes))
        }
    }

    @Test func finalisingTwiceChangesNothing() throws {
        let folder = try TemporaryFolder()
        let (path, _) = try finalised(try Recording(try Recording.streams(seconds: 1)).bytes, in: folder)
        let bytes = try TemporaryFolder.bytes(path)
        let again = try Finaliser.finalise(path)
        #expect(again.wasFinalised && again.size == Int64(bytes.count) && again.lostBytes == 0)
        #expect(try TemporaryFolder.bytes(path) == bytes)
    }

    @Test func aCrashBetweenTheStepsIsRecovered() throws {
        let folder = try TemporaryFolder()
        let recording = try Recording(try Recording.streams(seconds: 1))
        let fragmented = try Recording.samples(try folder.file(recording.bytes))
        let (path, _) = try finalised(recording.bytes, in: folder)
        let final = try TemporaryFolder.bytes(path)
        let index = final.count - recording.bytes.count
        let sizes = Array(0..<64) + Array(stride(from: 64, to: index, by: 97)) + [index - 1, index]
        for size in sizes {
            // The index has reached the disk in part or wholly, but the `free` was not turned yet.
            let between = recording.bytes + final.suffix(index).prefix(size)
            let path = try folder.file("between.mp4", Array(between))
            if [0, 3, 8, 64, index - 1, index].contains(size) {
                #expect(try Recording.samples(path) == fragmented, "it plays with \(size) bytes of its index")
            }
            _ = try Finaliser.finalise(path)
            #expect(try TemporaryFolder.bytes(path) == final, "\(size) bytes of the index")
        }
    }
}

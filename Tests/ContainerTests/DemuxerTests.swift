import Container
import Media
import MediaTesting
import Testing

@Suite("Demuxer")
struct DemuxerTests {
    private func units(_ packet: Packet) -> [[UInt8]] {
        packet.payload.withUnsafeBytes { bytes in
            AccessUnit(annexB: bytes).units.map { Array(bytes[$0.range]) }
        }
    }

    @Test func recordedPacketsCanBePublishedAgain() throws {
        let streams = try Recording.streams()
        let folder = try TemporaryFolder()
        let path = try folder.file(try Recording(streams).bytes)
        _ = try Finaliser.finalise(path)
        let demuxer = try Demuxer(path: path)
        var found: [Int: [Packet]] = [:]
        while let (track, packet) = try demuxer.next() {
            found[track.index, default: []].append(try #require(track.transportForm(of: packet)))
        }
        for (stream, track) in zip(streams, demuxer.tracks) {
            let description = try #require(track.passThrough)
            #expect(
                description.codec == stream.description.codec
                    && description.format == stream.description.format)
            let packets = found[track.index] ?? []
            #expect(packets.map(\.flags) == stream.packets.map(\.flags))
            #expect(packets.map(\.pts) == stream.packets.map(\.pts))
            let isSame = zip(packets, stream.packets).allSatisfy { new, old in
                track.kind == .video ? units(new) == units(old) : new.bytes() == old.bytes()
            }
            #expect(isSame && packets.count == stream.packets.count)
        }
        #expect(demuxer.formatName.contains("mp4"))
        #expect(abs((demuxer.durationInNanoseconds ?? 0) - 2_020_000_000) < 50_000_000)
    }

    @Test func damagedPicturesHaveNoTransportForm() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file(try Recording(try Recording.streams(seconds: 1)).bytes)
        let demuxer = try Demuxer(path: path)
        let track = try #require(demuxer.tracks.first { $0.kind == .video })
        for payload in [[], [0, 0, 0, 9, 0x65], [0, 0, 0, 2, 0x67, 1]] as [[UInt8]] {
            let packet = Packet(pts: 0, dts: 0, duration: 1, flags: .keyframe, payload: payload)
            #expect(track.transportForm(of: packet) == nil)
        }
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let folder = try TemporaryFolder()
        #expect { try Demuxer(path: folder.path + "/missing.mp4") } throws: {
            "\($0)".contains("missing.mp4")
        }
        let noise = try folder.file("noise.mp4", [UInt8](repeating: 65, count: 3000))
        #expect(throws: ContainerError.self) { try Demuxer(path: noise) }
        let empty = try folder.file("empty.mp4", [])
        #expect(throws: ContainerError.self) { try Demuxer(path: empty) }
    }

    /// With B-frames, a negative first decoding time and the edit list that x264 and AAC bring along.
    private func fixture(_ folder: TemporaryFolder, _ options: [String]) throws -> String {
        let path = folder.path + "/fixture.mp4"
        let input = ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=160x120:rate=25:duration=2"]
        let sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=2", "-c:a", "aac"]
        let outcome = try MediaProgram.run("ffmpeg", input + sound + ["-c:v", "libx264"] + options + [path])
        #expect(outcome?.status == 0, "\(outcome?.errors ?? "")")
        return path
    }

    @Test(.enabled(if: MediaProgram.isInstalled)) func aFileWithBFramesIsReadButNotPassedThrough() throws {
        let folder = try TemporaryFolder()
        let demuxer = try Demuxer(path: try fixture(folder, ["-bf", "2", "-pix_fmt", "yuv420p"]))
        let video = try #require(demuxer.tracks.first { $0.kind == .video })
        let audio = try #require(demuxer.tracks.first { $0.kind == .audio })
        #expect(video.passThrough == nil)
        #expect(audio.passThrough?.codec == .aac)
        var times: [Int64] = []
        var firstDTS: Int64?
        while let (track, packet) = try demuxer.next() {
            guard track.kind == .video else { continue }
            firstDTS = firstDTS ?? packet.dts
            times.append(packet.pts)
        }
        #expect(times.count == 50 && times.min() == 0 && (firstDTS ?? 0) < 0)
    }

    @Test(.enabled(if: MediaProgram.isInstalled)) func aBaselineFileIsPassedThroughAndRecordedAgain() throws {
        let folder = try TemporaryFolder()
        let path = try fixture(folder, ["-profile:v", "baseline", "-pix_fmt", "yuv420p"])
        let demuxer = try Demuxer(path: path)
        let descriptions = demuxer.tracks.compactMap(\.passThrough)
        #expect(descriptions.map(\.codec) == [.h264, .aac])
        var streams = descriptions.map { EncodedStream(description: $0, packets: []) }
        while let (track, packet) = try demuxer.next() {
            guard let transport = track.transportForm(of: packet),
                let index = demuxer.tracks.firstIndex(where: { $0.index == track.index })
            else { continue }
            streams[index].packets.append(transport)
        }
        // AAC begins before 0 by the encoder's delay.
        let shifted = streams.map { $0.shifted(byNanoseconds: 100_000_000) }
        let copy = try folder.file("copy.mp4", try Recording(shifted).bytes)
        _ = try Finaliser.finalise(copy)
        #expect(try MediaProgram.complaints(about: copy) == "")
        func hashes(_ path: String) throws -> [Substring] {
            let outcome = try MediaProgram.run(
                "ffmpeg", ["-v", "error", "-i", path, "-map", "0:v", "-f", "framemd5", "-"])
            let lines = (outcome?.output ?? "").split(separator: "\n").filter { !$0.hasPrefix("#") }
            return lines.compactMap { $0.split(separator: ",").last }
        }
        let original = try hashes(path)
        #expect(original.count == 50)
        #expect(try hashes(copy) == original)
    }
}

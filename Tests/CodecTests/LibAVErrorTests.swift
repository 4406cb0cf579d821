import Glibc
import LibAV
import Media
import MediaTesting
import Testing

@Suite("FFmpeg's errors")
struct LibAVErrorTests {
    private func error(_ body: () throws(AVError) -> Void) -> AVError? {
        do {
            try body()
            return nil
        } catch { return error }
    }

    @Test func aMissingFileIsNamed() throws {
        let found = try #require(
            error { () throws(AVError) in _ = try InputFormat(opening: "/nowhere/at-all.mp4") })
        #expect(found.errno == ENOENT)
        #expect(
            found.description.contains("/nowhere/at-all.mp4") && found.description.contains("No such file"))
        #expect(!found.isEndOfFile && !found.isTryAgain && !found.isInvalidData)
    }

    @Test func aFileThatIsNoMediaIsInvalidData() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/noise.mp4"
        try write([UInt8](repeating: 0x41, count: 5000), to: path)
        let found = try #require(error { () throws(AVError) in _ = try InputFormat(opening: path) })
        #expect(found.isInvalidData && found.errno == nil)
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }

    @Test func unknownNamesAreNamed() throws {
        let format = try #require(
            error { () throws(AVError) in _ = try InputFormat(opening: "x", format: "no-such-format") })
        #expect(format.description.contains("no-such-format"))
        #expect(error { () throws(AVError) in _ = try OutputFormat(format: "no-such-muxer") } != nil)
        let decoder = try #require(
            error { () throws(AVError) in _ = try DecoderContext(named: "no-such-codec", timeBase: .video) })
        #expect(decoder.description.contains("no-such-codec"))
    }

    private func settings(encoder: String, options: [String: String]) -> VideoEncoderSettings {
        VideoEncoderSettings(
            encoder: encoder, width: 64, height: 64, pixelFormat: .yuv420p, range: .limited, timeBase: .video,
            frameRate: 30, bitRate: nil, keyframeInterval: 30, threads: 1, options: options)
    }

    @Test func anEncoderThatIsNotThereIsNamed() throws {
        let found = try #require(
            error { () throws(AVError) in
                _ = try EncoderContext(video: settings(encoder: "libnothing", options: [:]))
            })
        #expect(found.description.contains("libnothing"))
    }

    @Test func anOptionThatIsNotTakenIsNamed() throws {
        let found = try #require(
            error { () throws(AVError) in
                _ = try EncoderContext(video: settings(encoder: "libx264", options: ["wobble": "1"]))
            })
        #expect(found.description.contains("wobble"))
    }

    @Test func whatTheLibraryLoggedIsInTheError() throws {
        let found = try #require(
            error { () throws(AVError) in
                _ = try EncoderContext(video: settings(encoder: "libx264", options: ["preset": "hyperfast"]))
            })
        #expect(found.log.contains { $0.contains("hyperfast") }, "\(found.log)")
    }

    @Test func aMuxerRefusesAnUnknownOption() throws {
        let found = try #require(
            error { () throws(AVError) in
                let output = try OutputFormat(format: "mp4")
                let sound = TrackDescription(
                    codec: .opus, timeBase: .opus, format: .audio(.init(sampleRate: 48_000, channels: 1)),
                    source: "microphone")
                _ = try output.addStream(
                    try CodecParameters(
                        sound, configuration: Array("OpusHead".utf8) + [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
                    timeBase: .opus)
                try output.writeHeader(options: ["movflags": "empty_moov+frag_custom", "wobble": "1"])
            })
        #expect(found.description.contains("wobble"))
    }

    @Test func aCallThatBlocksIsInterrupted() throws {
        let found = error { () throws(AVError) in
            _ = try InputFormat(opening: "tcp://127.0.0.1:0?listen=1", isInterrupted: { true })
        }
        #expect(found != nil)
    }
}

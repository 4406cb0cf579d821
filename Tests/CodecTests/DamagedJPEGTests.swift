import Codec
import Foundation
import Media
import MediaTesting
import Testing

/// Pictures of a camera that lost bytes on the wire.
@Suite("Damaged JPEG", .enabled(if: MediaProgram.isInstalled))
struct DamagedJPEGTests {
    private func jpeg() throws -> [UInt8] {
        let folder = try TemporaryFolder()
        let path = folder.path + "/picture.jpg"
        let made = try MediaProgram.run(
            "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x240", "-frames:v", "1", "-huffman",
                "default", path,
            ])
        #expect(made?.status == 0, "\(made?.errors ?? "")")
        return Array(try Data(contentsOf: URL(filePath: path)))
    }

    private func packet(_ bytes: [UInt8]) -> Packet {
        Packet(pts: 0, dts: 0, duration: 0, flags: .keyframe, payload: bytes)
    }

    /// Pictures that the decoder gives for these bytes.
    private func decoded(_ bytes: [UInt8], _ decoder: VideoDecoder) -> Int {
        do { return try decoder.decode(packet(bytes)).count { !$0.isCorrupt } } catch { return 0 }
    }

    @Test func aHalvedPictureIsRefusedAndTheNextIsGood() throws {
        let whole = try jpeg()
        let decoder = try VideoDecoder.motionJPEG()
        #expect(decoded(whole, decoder) == 1)
        for share in [2, 3, 4, 10] {
            #expect(decoded(Array(whole.prefix(whole.count / share)), decoder) == 0, "1/\(share)")
            #expect(decoded(whole, decoder) == 1)
        }
        #expect(decoded([0], decoder) == 0)
        #expect(decoded(Array(repeating: 0xA5, count: 3000), decoder) == 0)
        #expect(decoded(whole, decoder) == 1)
    }

    @Test func aDamagedScanIsRefused() throws {
        let whole = try jpeg()
        let decoder = try VideoDecoder.motionJPEG()
        var generator = SeededGenerator(seed: 1)
        var refused = 0
        for _ in 0..<20 {
            var damaged = whole
            for _ in 0..<40 {
                let place = whole.count / 2 + Int.random(in: 0..<whole.count / 3, using: &generator)
                damaged[place] = UInt8.random(in: 0...255, using: &generator)
            }
            if decoded(damaged, decoder) == 0 { refused += 1 }
        }
        // Bytes that happen to be a valid code cannot be told from a picture.
        #expect(refused >= 15, "\(refused) of 20")
    }
}

import Codec
import Media
import MediaTesting
import Testing

@Suite("PNG files")
struct PictureFileTests {
    @Test func colourSurvivesExactly() throws {
        let frame = RawH264.plain(width: 37, height: 21, format: .bgra, range: .full) { _ in 0 }
        for x in 0..<37 {
            let start = frame.buffer.planes[0].start + 3 * frame.buffer.planes[0].strideInBytes + x * 4
            start.storeBytes(of: UInt32(0xFF00_0000) | 0x10_2030 + UInt32(x), as: UInt32.self)
        }
        let png = try PictureFile.png(frame)
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        let decoded = try #require(try StillPicture.decoded(png, decoder: "png"))
        #expect((decoded.width, decoded.height, decoded.format) == (37, 21, .rgb24))
        for x in 0..<37 {
            let found = (0..<3).map { decoded.sample(plane: 0, x: x * 3 + $0, y: 3) }
            #expect(found == [0x10, 0x20, UInt8(0x30 + x)])
        }
    }

    @Test func picturesOfCamerasAreConverted() throws {
        let frame = RawH264.plain(width: 32, height: 18, format: .yuv420p) { $0 == 0 ? 235 : 128 }
        let decoded = try #require(try StillPicture.decoded(try PictureFile.png(frame), decoder: "png"))
        #expect((0..<3).allSatisfy { decoded.sample(plane: 0, x: $0, y: 0) >= 253 })
    }
}

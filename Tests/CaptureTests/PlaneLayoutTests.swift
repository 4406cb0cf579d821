import Capture
import Media
import Testing

@Suite struct PlaneLayoutTests {
    @Test func planesFollowEachOtherAtTheDriversStride() {
        let layout = PlaneLayout(.yuv420p, width: 6, height: 4, strideInBytes: 8)
        #expect(layout.planes.map(\.offset) == [0, 32, 40])
        #expect(layout.planes.map(\.strideInBytes) == [8, 4, 4])
        // The last row of the last plane needs no padding.
        #expect(layout.requiredBytes == 47)
    }

    @Test func interleavedChromaKeepsTheStride() {
        let layout = PlaneLayout(.nv12, width: 6, height: 4, strideInBytes: 8)
        #expect(layout.planes.map(\.strideInBytes) == [8, 8])
        #expect(layout.requiredBytes == 32 + 8 + 6)
    }

    @Test(arguments: PixelFormat.allCases, [0, 3, 64])
    func picturesAreCopiedWithoutPadding(format: PixelFormat, padding: Int) {
        let width = 10
        let height = 7
        let stride = format.rowBytes(plane: 0, width: width) + padding * 2
        let layout = PlaneLayout(format, width: width, height: height, strideInBytes: stride)
        let bytes = (0..<layout.requiredBytes).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let buffer = PixelBuffer(format: format, width: width, height: height)
        bytes.withUnsafeBytes { layout.copy($0, to: buffer) }
        for (plane, target) in zip(layout.planes, buffer.planes) {
            for row in 0..<plane.rows {
                for x in 0..<plane.rowBytes {
                    let copied = target.start.load(
                        fromByteOffset: row * target.strideInBytes + x, as: UInt8.self)
                    #expect(copied == bytes[plane.offset + row * plane.strideInBytes + x])
                }
            }
        }
    }
}

import LibAV
import Media
import Synchronization
import Testing

@Suite struct OpeningTests {
    @Test func timesWithWhichNobodyCanCalculateAreNotKnown() {
        #expect(InputFormat.nanoseconds(-1_500_000) == -1_500_000_000)
        for damaged in [Int64.min, .max, .max / 1000 + 1, .min / 1000 - 1, 1_000_000_000_000_001] {
            #expect(InputFormat.nanoseconds(damaged) == nil)
        }
    }

    /// Without the lock, one in about ten is another picture.
    private static let scalers = 300

    /// A picture in which every pixel tells.
    private static func textured() -> VideoFrame {
        let buffer = PixelBuffer(format: .yuv420p, width: 320, height: 180)
        for (plane, memory) in buffer.planes.enumerated() {
            for y in 0..<(plane == 0 ? 180 : 90) {
                for x in 0..<(plane == 0 ? 320 : 160) {
                    let value = UInt8(truncatingIfNeeded: x * 7 + y * 13 + plane)
                    memory.start.storeBytes(
                        of: value, toByteOffset: y * memory.strideInBytes + x, as: UInt8.self)
                }
            }
        }
        return VideoFrame(
            format: .yuv420p, width: 320, height: 180, range: .limited, time: MonotonicTime(nanoseconds: 0),
            buffer: buffer)
    }

    private func scaled(_ picture: VideoFrame) throws -> String {
        let frame = try OwnedFrame(sharing: picture, pts: 0)
        let graph = try FilterGraph(
            "[in0]scale=160:90:flags=bicubic+accurate_rnd+bitexact[out]",
            inputs: [FilterInput(pictures: frame, timeBase: .video)])
        try graph.send(frame)
        let result = try OwnedFrame()
        #expect(try graph.receive(into: result))
        return try FrameDigest.picture(result)
    }

    @Test func aScalerThatIsOpenedWhileSoundIsOpenedPortablyMakesTheSamePictures() throws {
        let picture = Self.textured()
        let isOver = Mutex(false)
        let sound = try BlockingThread("sound") {
            while !isOver.withLock({ $0 }) {
                // What opens a decoder of sound takes about as long.
                try? CPUFeatures.opening(isPortable: true) { () throws(AVError) in
                    _ = try OwnedPacket()
                    for _ in 0..<50 { _ = LibAVVersions.build }
                }
            }
        }
        defer { isOver.withLock { $0 = true } }
        let expected = try scaled(picture)
        for _ in 0..<Self.scalers { #expect(try scaled(picture) == expected) }
        withExtendedLifetime(sound) {}
    }
}

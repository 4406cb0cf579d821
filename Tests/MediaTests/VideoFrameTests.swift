import Media
import MediaTesting
import Synchronization
import Testing

@Suite("Raw pictures and sound")
struct VideoFrameTests {
    @Test func oddSizesRoundChromaUp() {
        #expect(
            (PixelFormat.yuv420p.rowBytes(plane: 1, width: 5), PixelFormat.yuv420p.rows(plane: 1, height: 5))
                == (3, 3))
        #expect(
            (PixelFormat.nv12.rowBytes(plane: 1, width: 5), PixelFormat.nv12.rows(plane: 1, height: 5)) == (
                6, 3
            ))
        #expect(PixelFormat.yuyv422.rowBytes(plane: 0, width: 5) == 12)
        #expect(PixelFormat.bgra.rowBytes(plane: 0, width: 5) == 20)
    }

    @Test(arguments: PixelFormat.allCases)
    func samplesOutsideThePictureAreZero(format: PixelFormat) {
        let frame = RawH264.plain(width: 5, height: 3, format: format) { _ in 7 }
        for plane in 0..<format.planeCount {
            let (width, height) = (
                format.rowBytes(plane: plane, width: 5), format.rows(plane: plane, height: 3)
            )
            #expect(frame.sample(plane: plane, x: width - 1, y: height - 1) == 7)
            #expect(frame.sample(plane: plane, x: width, y: 0) == 0)
            #expect(frame.sample(plane: plane, x: 0, y: height) == 0)
            #expect(frame.sample(plane: plane, x: -1, y: -1) == 0)
        }
        #expect(frame.sample(plane: format.planeCount, x: 0, y: 0) == 0)
    }

    @Test func theOwnerGetsItsMemoryBackOnce() {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 1)
        defer { memory.deallocate() }
        final class Counter: Sendable {
            let count = Mutex(0)
        }
        let counter = Counter()
        do {
            let buffer = PixelBuffer(planes: [.init(start: memory, strideInBytes: 4)]) {
                counter.count.withLock { $0 += 1 }
            }
            let frame = VideoFrame(
                format: .gray, width: 4, height: 4, range: .full, time: MonotonicTime(nanoseconds: 0),
                buffer: buffer)
            let copy = frame
            #expect(copy.width == 4)
            #expect(counter.count.withLock { $0 } == 0)
        }
        #expect(counter.count.withLock { $0 } == 1)
    }

    @Test func aStretchOfSoundKnowsItsLength() {
        let time = MonotonicTime(nanoseconds: 5)
        let stereo = AudioFrame(
            sampleRate: 48_000, channels: 2, time: time, samples: .init(repeating: 0, count: 1920))
        #expect((stereo.sampleCount, stereo.durationInNanoseconds) == (960, 20_000_000))
        let nothing = AudioFrame(sampleRate: 0, channels: 0, time: time, samples: [])
        #expect((nothing.sampleCount, nothing.durationInNanoseconds) == (0, 0))
    }
}

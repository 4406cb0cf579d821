import Codec
import Media
import MediaTesting
import Testing

@Suite("Scaler")
struct ScalerTests {
    /// Rounding in libswscale's integer arithmetic.
    private static let tolerance = 2

    private func luma(_ frame: VideoFrame) -> Int {
        Int(frame.sample(plane: 0, x: frame.width / 2, y: frame.height / 2))
    }

    private func plain(_ value: UInt8, _ range: ColorRange) -> VideoFrame {
        RawH264.plain(width: 64, height: 48, format: .yuv420p, range: range) { $0 == 0 ? value : 128 }
    }

    @Test(arguments: [(16, 0), (126, 128), (235, 255)] as [(UInt8, Int)])
    func limitedRangeBecomesFull(limited: UInt8, full: Int) throws {
        let scaled = try Scaler().scale(
            plain(limited, .limited), to: .yuv420p, width: 64, height: 48, range: .full)
        #expect(abs(luma(scaled) - full) <= Self.tolerance)
        #expect(scaled.range == .full)
    }

    @Test(arguments: [(0, 16), (128, 126), (255, 235)] as [(UInt8, Int)])
    func fullRangeBecomesLimited(full: UInt8, limited: Int) throws {
        let scaled = try Scaler().scale(
            plain(full, .full), to: .yuv420p, width: 32, height: 24, range: .limited)
        #expect(abs(luma(scaled) - limited) <= Self.tolerance)
        #expect(scaled.range == .limited)
    }

    @Test(arguments: [(ColorRange.limited, 16, 235), (.full, 0, 255)] as [(ColorRange, UInt8, UInt8)])
    func screensGetBlackAndWhiteOfEitherRange(range: ColorRange, black: UInt8, white: UInt8) throws {
        let scaler = Scaler()
        for (value, expected) in [(black, 0), (white, 255)] {
            let scaled = try scaler.scale(plain(value, range), to: .bgra, width: 40, height: 30)
            for channel in 0..<3 {
                #expect(
                    abs(Int(scaled.sample(plane: 0, x: 80 + channel, y: 15)) - expected) <= Self.tolerance)
            }
        }
    }

    @Test func aPictureThatFitsIsNotCopied() throws {
        let frame = plain(100, .limited)
        #expect(try Scaler().scale(frame, to: .yuv420p, width: 64, height: 48).buffer === frame.buffer)
    }

    @Test func oneScalerFollowsEveryChange() throws {
        let scaler = Scaler()
        for (width, height) in [(64, 48), (33, 21), (1, 1), (640, 360), (64, 48)] {
            for format in PixelFormat.allCases {
                let scaled = try scaler.scale(plain(126, .limited), to: format, width: width, height: height)
                #expect((scaled.width, scaled.height, scaled.format) == (width, height, format))
            }
        }
    }

    @Test(arguments: PixelFormat.allCases)
    func everyLayoutIsRead(format: PixelFormat) throws {
        let frame = RawH264.grey(width: 65, height: 49, format: format)
        let scaled = try Scaler().scale(frame, to: .yuv420p, width: 65, height: 49)
        #expect((100...150).contains(luma(scaled)))
    }

    @Test func timeIsKept() throws {
        var frame = plain(1, .limited)
        frame.time = MonotonicTime(nanoseconds: 42)
        #expect(try Scaler().scale(frame, to: .bgra, width: 8, height: 8).time == frame.time)
    }

    @Test(arguments: [(0, 10), (10, 0), (-4, 4)])
    func impossibleSizesAreRefused(width: Int, height: Int) {
        #expect(throws: CodecError.self) {
            try Scaler().scale(plain(1, .limited), to: .bgra, width: width, height: height)
        }
    }
}

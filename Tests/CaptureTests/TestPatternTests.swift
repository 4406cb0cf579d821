import Capture
import Measure
import Media
import Testing

@Suite struct TestPatternTests {
    @Test(arguments: [
        (64, 32), (65, 33), (127, 71), (320, 180), (321, 181), (640, 360), (1279, 719), (1280, 720),
        (1920, 1080),
    ])
    func isReadBackAtAnySize(width: Int, height: Int) throws {
        let clock = stillClock()
        let anchor = PatternAnchor(clock: clock)
        for (index, frame) in try patternFrames(40, width: width, height: height, clock: clock).enumerated() {
            let reading = try #require(TestPatternReader.read(frame))
            #expect(reading.index == UInt32(index))
            let wall = anchor.wallNanoseconds(at: frame.time)
            #expect(reading.time == UInt32(truncatingIfNeeded: wall / 1_000_000))
            #expect(reading.isFlashing == (reading.time % 1000 < 100))
        }
    }

    @Test(arguments: [(640, 360), (642, 362), (1280, 720)])
    func isReadBackAfterScalingByHalf(width: Int, height: Int) throws {
        for (index, frame) in try patternFrames(35, width: width, height: height).enumerated() {
            let half = lumaFrame(width: width / 2, height: height / 2) { x, y in
                let sum = [(0, 0), (1, 0), (0, 1), (1, 1)].reduce(0) {
                    $0 + Int(frame.sample(plane: 0, x: x * 2 + $1.0, y: y * 2 + $1.1))
                }
                return UInt8(sum / 4)
            }
            let reading = try #require(TestPatternReader.read(half))
            #expect(reading.index == UInt32(index))
            #expect(reading.isFlashing == (reading.time % 1000 < 100))
        }
    }

    @Test(arguments: [PixelFormat.bgra, .rgb24, .yuyv422, .uyvy422, .nv12, .yuv444p])
    func isReadInEveryLayout(format: PixelFormat) throws {
        let frame = try #require(try patternFrames(1, width: 320, height: 180).first)
        let isRGB = format == .bgra || format == .rgb24
        let other = lumaFrame(format, width: 320, height: 180, range: isRGB ? .full : .limited) { byte, y in
            func luma(_ x: Int) -> UInt8 { frame.sample(plane: 0, x: x, y: y) }
            func full(_ x: Int) -> UInt8 { UInt8(clamping: (Int(luma(x)) - 16) * 255 / 219) }
            return switch format {
            case .bgra: full(byte / 4)
            case .rgb24: full(byte / 3)
            case .yuyv422: byte % 2 == 0 ? luma(byte / 2) : 128
            case .uyvy422: byte % 2 == 1 ? luma(byte / 2) : 128
            default: luma(byte)
            }
        }
        #expect(TestPatternReader.read(other) == TestPatternReader.read(frame))
    }

    @Test func picturesThatAreNoPatternAreNotRead() {
        #expect(TestPatternReader.read(lumaFrame(width: 320, height: 180) { _, _ in 16 }) == nil)
        #expect(TestPatternReader.read(lumaFrame(width: 320, height: 180) { _, _ in 235 }) == nil)
        #expect(TestPatternReader.read(lumaFrame(width: 320, height: 180) { _, _ in 126 }) == nil)
        #expect(
            TestPatternReader.read(lumaFrame(width: 32, height: 16) { x, _ in x % 2 == 0 ? 16 : 235 }) == nil)
    }

    @Test func aGreyCellMakesThePictureUnreadable() throws {
        let frame = try #require(try patternFrames(1, width: 640, height: 360).first)
        let grey = lumaFrame(width: 640, height: 360) { x, y in
            x < 10 && y < 22 ? 126 : frame.sample(plane: 0, x: x, y: y)
        }
        #expect(TestPatternReader.read(frame) != nil)
        #expect(TestPatternReader.read(grey) == nil)
    }

    @Test(arguments: [1.0, 5, 10, 12.5, 25, 30, 50, 60])
    func onePictureFallsOnEveryFlashesBeginning(rate: Double) throws {
        let clock = stillClock()
        let anchor = PatternAnchor(clock: clock)
        let frames = try patternFrames(Int(rate * 4), width: 64, height: 32, rate: rate, clock: clock)
        let onsets = frames.filter {
            let wall = anchor.wallNanoseconds(at: $0.time)
            return wall % 1_000_000 == 0 && PatternAnchor.timeCode(wallNanoseconds: wall) % 1000 == 0
        }
        // At 12.5 only every other second has a picture at its beginning.
        #expect(onsets.count == (rate == 12.5 ? 2 : 4))
    }

    @Test func timesAreTheGridAndNeverEarlierThanTheStart() throws {
        let clock = stillClock()
        let frames = try patternFrames(31, width: 64, height: 32, rate: 30, clock: clock)
        let first = try #require(frames.first)
        #expect(first.time >= clock.now())
        #expect(first.time - clock.now() <= 33_333_334)
        #expect(frames[30].time - first.time == 1_000_000_000)
        for (a, b) in zip(frames, frames.dropFirst()) {
            #expect((33_333_333...33_333_334).contains(b.time - a.time))
        }
    }

    @Test func broadcastRatesAreExact() throws {
        let frames = try patternFrames(30_001, width: 64, height: 32, rate: 29.97)
        #expect(frames[30_000].time - frames[0].time == 1_001_000_000_000)
    }

    @Test func theSquareIsWhiteOnBlackAndTheRestMoves() throws {
        let frames = try patternFrames(30, width: 640, height: 360)
        let flashing = try #require(frames.first { TestPatternReader.read($0)?.isFlashing == true })
        let dark = try #require(frames.first { TestPatternReader.read($0)?.isFlashing == false })
        for y in 90..<270 {
            for x in stride(from: 0, to: 640, by: 5) {
                let isSquare = (275..<365).contains(x) && (135..<225).contains(y)
                #expect(flashing.sample(plane: 0, x: x, y: y) == (isSquare ? 235 : 16))
                #expect(dark.sample(plane: 0, x: x, y: y) == 16)
            }
        }
        for y in [50, 300] {
            #expect(
                (0..<640).contains {
                    frames[0].sample(plane: 0, x: $0, y: y) != frames[1].sample(plane: 0, x: $0, y: y)
                })
        }
    }

    @Test func sizesAndRatesBeyondTheLimitsAreRefused() {
        let anchor = PatternAnchor(clock: stillClock())
        for (width, height, rate) in [
            (63, 32, 30.0), (64, 31, 30), (64, 16_385, 30), (64, 32, 0), (64, 32, 241),
        ] {
            #expect(throws: CaptureError.self) {
                try TestPattern(width: width, height: height, frameRate: rate, anchor: anchor)
            }
        }
    }

    @Test func aStoppedPatternEnds() throws {
        let pattern = try TestPattern(
            width: 64, height: 32, frameRate: 1, anchor: PatternAnchor(clock: .system))
        let stop = StopSignal()
        stop.stop()
        #expect(pattern.next(stop) == nil)
    }

    @Test func timeCodesAreMillisecondsModulo32Bits() {
        #expect(PatternAnchor.timeCode(wallNanoseconds: 4_294_967_295_999_999) == .max)
        #expect(PatternAnchor.timeCode(wallNanoseconds: 4_294_967_296_000_000) == 0)
        #expect(PatternAnchor.timeCode(wallNanoseconds: -1) == .max)
    }
}

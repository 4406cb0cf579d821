public import Measure
internal import Media

/// A moving picture that a machine can read.
///
/// ```
/// ┌───────────────────────────────┐
/// │ 64 cells: index, time code    │ 1/16 of the height, most significant bit first
/// ├───────────────────────────────┤
/// │ moving bars                   │ to 1/4
/// ├───────────────────────────────┤
/// │             ┌───┐             │ black; in the middle the white square of
/// │             └───┘             │ a quarter of the height, while it flashes
/// ├───────────────────────────────┤
/// │ moving slope                  │ from 3/4
/// └───────────────────────────────┘
/// ```
/// The first 32 cells are the index of the picture, from 0; the others its time code, the milliseconds of the
/// Unix epoch modulo 2³² at the instant of capture. A cell is white (luma 235) for 1 and black (luma 16) for 0.
/// The square shows while the time code modulo 1000 is below 100.
///
/// Pictures are `yuv420p` in limited range. Their times lie on a grid: a second of the time code, and
/// multiples of the interval from there; so at whole rates one picture falls on each flash's beginning. A
/// late caller gets every picture all the same, at once, with its own time.
public final class TestPattern: VideoSource {
    /// The least width: one pixel for each cell.
    public static let minimumWidth = 64
    /// The least height: two rows of cells.
    public static let minimumHeight = 32
    /// The greatest width and height.
    public static let maximumSide = 16_384

    /// The format of the pictures.
    public let format: VideoSourceFormat
    /// Always 0.
    public let lostFrames = 0
    /// Always 0.
    public let damagedFrames = 0

    private let anchor: PatternAnchor
    private let pacer: Pacer
    private let painter: PatternPainter
    private let rate: FrameRate
    /// Wall-clock nanoseconds of the grid's origin, and the grid point of the first picture.
    private var grid: (origin: Int64, first: Int64)?
    private var index: UInt32 = 0

    /// A pattern of that size and rate.
    ///
    ///     try TestPattern(width: 640, height: 360, frameRate: 30, anchor: PatternAnchor())
    ///
    /// - Parameter anchor: share it with a ``ToneSource`` to have flash and beep agree.
    /// - Throws: ``CaptureError/invalidSetting(name:value:expected:)`` below 64x32 and beyond 1 to 240
    ///   pictures a second.
    public init(
        width: Int, height: Int, frameRate: Double, anchor: PatternAnchor, pacer: Pacer = .realTime
    ) throws(CaptureError) {
        guard (Self.minimumWidth...Self.maximumSide).contains(width),
            (Self.minimumHeight...Self.maximumSide).contains(height)
        else {
            throw .invalidSetting(
                name: "The test pattern's size", value: "\(width)x\(height)",
                expected:
                    "\(Self.minimumWidth)x\(Self.minimumHeight) to \(Self.maximumSide)x\(Self.maximumSide)")
        }
        guard (1...240).contains(frameRate) else {
            throw .invalidSetting(
                name: "The test pattern's rate", value: rateText(frameRate),
                expected: "1 to 240 pictures a second")
        }
        rate = FrameRate(frameRate)
        format = VideoSourceFormat(
            encoding: .raw(.yuv420p, .limited), width: width, height: height,
            frameRate: Double(rate.numerator) / Double(rate.denominator))
        painter = PatternPainter(width: width, height: height)
        self.anchor = anchor
        self.pacer = pacer
    }

    /// Waits for the next picture's time and paints it.
    public func next(_ stop: StopSignal) -> CapturedPicture? {
        let grid = grid ?? startGrid()
        let wall = grid.origin + rate.nanoseconds(grid.first + Int64(index))
        let time = anchor.instant(atWall: wall)
        guard pacer.wait(until: time, stop) else { return nil }
        let code = PatternAnchor.timeCode(wallNanoseconds: wall)
        let buffer = painter.paint(index: index, timeCode: code)
        index &+= 1
        return .frame(
            VideoFrame(
                format: .yuv420p, width: format.width, height: format.height, range: .limited, time: time,
                buffer: buffer))
    }

    /// Sets the grid so that the first picture is the next one due.
    private func startGrid() -> (origin: Int64, first: Int64) {
        let now = anchor.wallNanoseconds(at: anchor.clock.now())
        let origin = PatternAnchor.startOfSecond(wall: now)
        var first: Int64 = 0
        while origin + rate.nanoseconds(first) < now { first += 1 }
        grid = (origin, first)
        return (origin, first)
    }
}

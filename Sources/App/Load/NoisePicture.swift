import Media

/// Pictures that no encoder can make small: noise, of which a quarter of the rows changes from picture to picture, so that
/// keyframes are larger than the others, as they are with a camera. Confined to one thread.
final class NoisePicture {
    private let width: Int
    private let height: Int
    private let noise: [UInt8]
    private var generator = NoiseGenerator()
    private var index: Int64 = 0
    /// Rows of the noise begin anywhere in this many bytes.
    private static let wander = 4096

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        var generator = NoiseGenerator()
        // Around the middle, so that no value is clipped.
        noise = (0..<width + Self.wander).map { _ in 96 + UInt8(truncatingIfNeeded: generator.next() % 64) }
    }

    /// The next picture.
    func next() -> VideoFrame {
        let buffer = PixelBuffer(format: .yuv420p, width: width, height: height)
        let changing = Int(index) % 4
        for (plane, memory) in buffer.planes.enumerated() {
            let bytes = PixelFormat.yuv420p.rowBytes(plane: plane, width: width)
            let rows = PixelFormat.yuv420p.rows(plane: plane, height: height)
            for row in 0..<rows {
                // Bands of 16 rows; every fourth band is new in each picture, the others stay as they are.
                let isNew = row / 16 % 4 == changing
                let seed = isNew ? generator.next() : UInt64(row &* 2_654_435_761 &+ plane &* 977)
                let offset = Int(seed % UInt64(Self.wander))
                noise.withUnsafeBytes { source in
                    guard let base = source.baseAddress else { return }
                    (memory.start + row * memory.strideInBytes).copyMemory(
                        from: base + offset, byteCount: bytes)
                }
            }
        }
        index += 1
        return VideoFrame(
            format: .yuv420p, width: width, height: height, range: .limited,
            time: MonotonicTime(nanoseconds: 0), buffer: buffer)
    }
}

/// The same noise on every machine (SplitMix64), so that runs can be compared.
struct NoiseGenerator {
    private var state: UInt64 = 0x5EED

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

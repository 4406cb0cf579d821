/// One row of a picture that repeats itself, long enough to be cut at every offset of one period.
struct PatternStrip {
    /// Pixels after which the row repeats itself; even.
    let period: Int
    /// Whether rows below each other are cut further and further along.
    let isLeaning: Bool
    private let luma: [UInt8]
    private let blue: [UInt8]
    private let red: [UInt8]

    /// Eight bars, white to blue, as broadcast has them (75 %, ITU-R BT.601), once across a picture that
    /// wide.
    init(bars width: Int) {
        let colors: [(UInt8, UInt8, UInt8)] = [
            (180, 128, 128), (162, 44, 142), (131, 156, 44), (112, 72, 58),
            (84, 184, 198), (65, 100, 212), (35, 212, 114), (16, 128, 128),
        ]
        let bar = max(width / 8 & ~1, 2)
        self.init(width: width, period: bar * 8, isLeaning: false) { colors[$0 / bar] }
    }

    /// Luma that rises and falls, with a tint that goes against it.
    init(slope width: Int) {
        let half = 64
        self.init(width: width, period: half * 2, isLeaning: true) { x in
            let height = x < half ? x : half * 2 - 1 - x
            return (UInt8(40 + height * 2), UInt8(96 + height), UInt8(160 - height))
        }
    }

    private init(width: Int, period: Int, isLeaning: Bool, color: (Int) -> (UInt8, UInt8, UInt8)) {
        self.period = period
        self.isLeaning = isLeaning
        luma = (0..<width + period).map { color($0 % period).0 }
        let pairs = 0..<(width + 1) / 2 + period / 2
        blue = pairs.map { color($0 * 2 % period).1 }
        red = pairs.map { color($0 * 2 % period).2 }
    }

    /// Copies `count` samples of a plane, cut at `offset` pixels (even, below the period), to `target`.
    func copy(plane: Int, offset: Int, to target: UnsafeMutableRawPointer, count: Int) {
        let samples = plane == 0 ? luma : plane == 1 ? blue : red
        let start = plane == 0 ? offset : offset / 2
        samples.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, start + count <= bytes.count else { return }
            // SAFETY: checked against the strip just above; `count` is the length of the target's row.
            target.copyMemory(from: base + start, byteCount: count)
        }
    }
}

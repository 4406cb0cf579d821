/// A picture size, or a range of sizes, that a camera offers in one of its formats.
public struct CameraSize: Sendable, Hashable, Codable {
    /// A length in pixels: one value, or a range in steps.
    public struct Extent: Sendable, Hashable, Codable {
        /// The smallest, pixels.
        public var minimum: Int
        /// The largest, pixels.
        public var maximum: Int
        /// From one to the next, pixels; 0 where there is only one.
        public var step: Int

        /// A range of lengths, or one length.
        public init(minimum: Int, maximum: Int, step: Int) {
            self.minimum = minimum
            self.maximum = maximum
            self.step = step
        }

        /// The length in the range that is nearest to `wanted`.
        func nearest(to wanted: Int) -> Int {
            guard maximum > minimum else { return minimum }
            let step = max(self.step, 1)
            let inside = min(max(wanted, minimum), maximum)
            let steps = (inside - minimum + step / 2) / step
            return min(minimum + steps * step, minimum + (maximum - minimum) / step * step)
        }
    }

    /// Widths.
    public var width: Extent
    /// Heights.
    public var height: Extent
    /// Pictures a second that it can give, highest first; of a range of sizes, at the largest. Empty where
    /// the driver does not list them.
    public var frameRates: [Double]
    /// Whether every rate from the lowest to the highest listed is possible.
    public var isEveryRateBetween: Bool

    /// A range of sizes.
    public init(width: Extent, height: Extent, frameRates: [Double], isEveryRateBetween: Bool = false) {
        self.width = width
        self.height = height
        self.frameRates = frameRates
        self.isEveryRateBetween = isEveryRateBetween
    }

    /// One size.
    public init(width: Int, height: Int, frameRates: [Double]) {
        self.init(
            width: Extent(minimum: width, maximum: width, step: 0),
            height: Extent(minimum: height, maximum: height, step: 0), frameRates: frameRates)
    }

    /// The rate it gives when `wanted` is asked for: the nearest that is not lower, else the highest; `nil`
    /// where the driver lists none.
    func rate(for wanted: Double) -> Double? {
        guard let highest = frameRates.max(), let lowest = frameRates.min() else { return nil }
        if isEveryRateBetween { return min(max(wanted, lowest), highest) }
        // 29.97 is what is meant by 30.
        return frameRates.filter { $0 >= wanted * CameraFormatChoice.rateTolerance }.min() ?? highest
    }
}

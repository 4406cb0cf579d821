/// How much the pictures of two files differ.
public struct Comparison: Sendable, Hashable {
    /// One metric over all pictures.
    public struct Measure: Sendable, Hashable {
        /// The average; of PSNR, that of the mean squared error of all pictures, as `ffmpeg` computes it.
        public var average: Double
        /// The worst picture's.
        public var minimum: Double
        /// Seconds at which the worst picture is.
        public var minimumAt: Double
        /// The value of each pair of pictures, in their order.
        public var perFrame: [Double]
    }

    /// The metrics that were asked for.
    public var measures: [Metric: Measure]
    /// Pairs of pictures that were compared.
    public var frames: Int
    /// Pictures of the first file that had no counterpart, because the second ended before.
    public var unmatchedFirst: Int
    /// Pictures of the second file that had no counterpart.
    public var unmatchedSecond: Int
    /// What was done to make them comparable, for people: `scaled from 1280x720 to 640x360`.
    public var notes: [String]
}

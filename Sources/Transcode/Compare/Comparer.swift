/// Measures how much the pictures of two files differ.
public enum Comparer {
    /// Compares `other` with `reference`: for each picture of `other`, that of `reference` which is shown at its time.
    ///
    /// Both are turned upright, deinterlaced where they are interlaced, and counted from their own beginnings;
    /// `reference` is scaled to the size of `other` where they differ.
    /// - Parameters:
    ///   - from: seconds of `reference` at which `other` begins.
    ///   - isCancelled: asked after each picture.
    /// - Throws: where one cannot be read or has no pictures, or ``TranscodeError/cancelled``.
    public static func compare(
        _ reference: String, _ other: String, metrics: Set<Metric> = Set(Metric.allCases), from: Double = 0,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(TranscodeError) -> Comparison {
        throw .library(reason: "the comparer is not there yet")
    }
}

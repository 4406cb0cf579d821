import Glibc
public import Media

/// How alike two pictures are.
public enum PictureQuality {
    /// Peak signal-to-noise ratio of the first plane in dB, of two pictures of the same layout and size; infinite where
    /// they are equal, 0 where they cannot be compared.
    public static func psnr(_ one: VideoFrame, _ other: VideoFrame) -> Double {
        guard one.format == other.format, one.width == other.width, one.height == other.height else {
            return 0
        }
        let rowBytes = one.format.rowBytes(plane: 0, width: one.width)
        var sum = 0
        for y in 0..<one.height {
            for x in 0..<rowBytes {
                let difference =
                    Int(one.sample(plane: 0, x: x, y: y)) - Int(other.sample(plane: 0, x: x, y: y))
                sum += difference * difference
            }
        }
        guard sum > 0 else { return .infinity }
        return 10 * log10(255 * 255 * Double(rowBytes * one.height) / Double(sum))
    }
}

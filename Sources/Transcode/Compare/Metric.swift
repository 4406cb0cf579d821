/// A measure of how much two pictures differ.
public enum Metric: String, CaseIterable, Sendable, Codable {
    /// Peak signal-to-noise ratio over all planes, in dB; infinite for equal pictures.
    case psnr
    /// Structural similarity over all planes, 0 to 1.
    case ssim
}

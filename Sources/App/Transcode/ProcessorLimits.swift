import Glibc
import LibAV

/// The processor's instructions that FFmpeg's libraries may use, from the environment: for tests of their exactness.
public enum ProcessorLimits {
    private static let variable = "CONVENE_CPU_FLAGS"

    /// Applies `CONVENE_CPU_FLAGS`, where it is set: `0` for none, `sse2`, `-avx2`, as ffmpeg's `-cpuflags`. To be called
    /// before anything is opened.
    /// - Throws: ``AppError`` where it names no instructions.
    public static func apply() throws {
        guard let value = getenv(variable) else { return }
        let text = String(cString: value)
        do { try CPUFeatures.restrict(to: text) } catch {
            throw AppError(
                "\(text) is no value for \(variable). Use 0, or names such as sse2 or -avx2.", status: .usage)
        }
    }
}

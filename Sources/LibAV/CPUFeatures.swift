import CFFmpeg
import Synchronization

/// Which instructions of the processor FFmpeg's libraries may use.
public enum CPUFeatures {
    private static let lock = Mutex(())

    /// Lets the libraries use only what `text` says, in the way of ffmpeg's `-cpuflags`: `0`, `sse2`, `-avx2`.
    ///
    /// To be called at the program's start, before anything is opened: what is open already keeps its instructions.
    /// - Throws: where the text names no instructions.
    public static func restrict(to text: String) throws(AVError) {
        var flags = UInt32(bitPattern: av_get_cpu_flags())
        try check(av_parse_cpu_caps(&flags, text), "av_parse_cpu_caps(\(text))")
        av_force_cpu_flags(Int32(bitPattern: flags))
    }

    /// Runs `body`, which opens codecs or filters, so that they use portable code only: sums of floating-point numbers
    /// then have one order on all machines.
    ///
    /// One thread at a time; others that open something meanwhile get portable code too, which is slower and never wrong.
    public static func withPortableCode<Result: ~Copyable & Sendable>(
        _ body: () throws(AVError) -> sending Result
    ) throws(AVError) -> Result {
        try lock.withLock { _ throws(AVError) in
            let flags = av_get_cpu_flags()
            av_force_cpu_flags(0)
            defer { av_force_cpu_flags(flags) }
            return try body()
        }
    }
}

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

    /// Runs `body`, which opens a codec, a filter graph or a scaler, while nobody changes which instructions it may use.
    ///
    /// What opens one asks for the instructions several times, and lays out its tables after one answer and chooses its
    /// code after another: where they differ, libswscale makes other pictures. So everything is opened through this, one
    /// after the other.
    /// - Parameter isPortable: whether only portable code is used: sums of floating-point numbers then have one order on all
    ///   machines.
    public static func opening<Result: ~Copyable>(
        isPortable: Bool = false, _ body: () throws(AVError) -> Result
    ) throws(AVError) -> Result {
        try lock.withLock { _ throws(AVError) in
            guard isPortable else { return try body() }
            let flags = av_get_cpu_flags()
            av_force_cpu_flags(0)
            defer { av_force_cpu_flags(flags) }
            return try body()
        }
    }
}

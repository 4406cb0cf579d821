import LibAV
public import Media

/// Converts raw sound to another rate and number of channels.
///
/// Confined to one thread.
public final class AudioResampler {
    private var context: ResamplerContext
    private let sampleRate: Int
    private let channels: Int

    /// A converter to `sampleRate` samples a second and `channels` channels.
    public init(sampleRate: Int, channels: Int) {
        context = ResamplerContext(sampleRate: sampleRate, channels: channels)
        self.sampleRate = sampleRate
        self.channels = channels
    }

    /// `frame` converted. Its time is that of the first sample that comes out: the filter holds some back.
    public func convert(_ frame: AudioFrame) throws(CodecError) -> AudioFrame {
        if frame.sampleRate == sampleRate, frame.channels == channels { return frame }
        let delay = context.delayInNanoseconds
        do {
            let samples = try context.convert(try OwnedFrame(copying: frame, pts: nil))
            return AudioFrame(
                sampleRate: sampleRate, channels: channels, time: frame.time + -delay, samples: samples)
        } catch { throw .library(error) }
    }
}

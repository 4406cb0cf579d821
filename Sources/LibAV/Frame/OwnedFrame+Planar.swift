internal import CFFmpeg
public import Media

extension OwnedFrame {
    /// A frame with a copy of `frame`'s samples, as one plane of floats for each channel.
    /// - Parameter pts: in the time base of whoever reads the frame.
    public init(copyingPlanar frame: AudioFrame, pts: Int64?) throws(AVError) {
        let result = try OwnedFrame()
        let target = result.pointer
        target.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
        target.pointee.sample_rate = Int32(clamping: frame.sampleRate)
        target.pointee.nb_samples = Int32(clamping: frame.sampleCount)
        av_channel_layout_default(&target.pointee.ch_layout, Int32(clamping: frame.channels))
        result.pts = pts
        try check(av_frame_get_buffer(target, 0), "av_frame_get_buffer")
        frame.samples.withUnsafeBufferPointer { source in
            for channel in 0..<min(frame.channels, 8) {
                guard let plane = result.dataPointers[channel] else { continue }
                plane.withMemoryRebound(to: Float.self, capacity: frame.sampleCount) { samples in
                    for index in 0..<frame.sampleCount {
                        samples[index] = source[index * frame.channels + channel]
                    }
                }
            }
        }
        self = result
    }
}

public import Media

/// Where sound comes from: a microphone, a tone.
///
/// Pulled like a ``VideoSource``, on a thread of its own, and confined to it.
public protocol AudioSource: AnyObject {
    /// Rate and channels of every frame; fixed for the life of the source.
    var format: AudioSourceFormat { get }

    /// Waits for the next stretch of sound, 20 ms long.
    ///
    /// Stretches are contiguous: the sample after the last of one is the first of the next. Where the device
    /// lost sound, silence stands in its place, so that the number of samples and the capture clock agree.
    ///
    /// - Returns: the sound, or `nil` once `stop` was given, at most 100 ms later.
    /// - Throws: where the source has ended for good; do not call it again.
    func next(_ stop: StopSignal) throws(CaptureError) -> AudioFrame?

    /// Silence that was put in the place of lost sound so far, in samples of one channel.
    var filledSamples: Int { get }
}

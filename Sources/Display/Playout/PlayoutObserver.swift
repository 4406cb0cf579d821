public import Media

/// Told of everything as it is shown and heard, for measurements.
///
/// Both calls come on the thread that calls ``Playout/presentDue(now:)``, without a lock held that pushing frames or
/// mixing needs: what a sound card's thread played waits for that thread, so that measuring never delays the sound.
public protocol PlayoutObserver: Sendable {
    /// A picture is shown from `time` on.
    func presented(track: UInt32, frame: VideoFrame, at time: MonotonicTime)

    /// A stretch of a track's sound is audible from `audibleAt` on, which may have passed.
    ///
    /// `samples` are valid during the call, interleaved, `channels` is 1 or 2, `rate` is that of the output:
    /// just what is played, after the rate was adjusted, before the viewer's own mute. Silence between is not
    /// reported. `mediaTime` is when the first sample was captured.
    func played(
        track: UInt32, samples: UnsafeBufferPointer<Float>, channels: Int, rate: Int,
        mediaTime: MonotonicTime,
        audibleAt: MonotonicTime)
}

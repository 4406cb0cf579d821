public import Media

/// Told of everything as it is shown and heard, for measurements.
///
/// Calls come without a lock held that pushing frames needs. Must not block, and must not call
/// ``Playout/mix(into:channels:rate:now:audibleAt:)``.
public protocol PlayoutObserver: Sendable {
    /// A picture is shown from `time` on. On the thread that calls ``Playout/presentDue(now:)``.
    func presented(track: UInt32, frame: VideoFrame, at time: MonotonicTime)

    /// A stretch of a track's sound is audible from `audibleAt` on. On the thread of the sound output.
    ///
    /// `samples` are valid during the call, interleaved, `channels` is 1 or 2, `rate` is that of the output:
    /// just what is played, after the rate was adjusted, before the viewer's own mute. Silence between is not
    /// reported. `mediaTime` is when the first sample was captured.
    func played(
        track: UInt32, samples: UnsafeBufferPointer<Float>, channels: Int, rate: Int,
        mediaTime: MonotonicTime,
        audibleAt: MonotonicTime)
}

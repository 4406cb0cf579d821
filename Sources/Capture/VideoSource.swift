/// Where pictures come from: a camera, a test pattern.
///
/// Pulled, without a queue in between: a thread of its own makes the source, asks it for one picture after
/// the other, and encodes each before it asks for the next. Confined to that thread.
public protocol VideoSource: AnyObject {
    /// What the pictures are, as the device really gives them; fixed for the life of the source.
    var format: VideoSourceFormat { get }

    /// Waits for the next picture.
    ///
    /// - Returns: the picture, or `nil` once `stop` was given, at most 100 ms later.
    /// - Throws: where the source has ended for good; do not call it again.
    func next(_ stop: StopSignal) throws(CaptureError) -> CapturedPicture?

    /// Pictures that the device took and that never arrived, by the gaps in its sequence numbers.
    var lostFrames: Int { get }

    /// Pictures that arrived damaged (flagged by the driver, or too short) and were skipped.
    var damagedFrames: Int { get }
}

public import Transcode

/// What happens in a run, for those who show it.
public enum BatchEvent: Sendable {
    /// Work on a fixture began; the number is its index in the plan.
    case began(Int)
    /// A fixture is so far.
    case progress(Int, TranscodeProgress)
    /// Everything of a fixture is known.
    case finished(Int, [BatchCase])
    /// Something that is worth knowing, for people.
    case note(String)
}

/// The pictures of an export: which instant of the meeting each one shows.
struct ExportTimeline: Sendable {
    /// Microseconds from the meeting's start.
    let range: Range<Int64>
    /// Pictures a second.
    let rate: Int

    /// Number of pictures.
    var frameCount: Int { max(1, Int((duration * Int64(rate) + 999_999) / 1_000_000)) }
    /// Microseconds.
    var duration: Int64 { range.upperBound - range.lowerBound }

    /// The first picture that shows what was captured at `time` of the meeting: each shows the newest of the time
    /// around its own instant, so that sound and picture differ by half an interval at most, either way.
    func frame(showing time: Int64) -> Int {
        // A damaged archive can claim any time.
        let time = min(max(time, range.lowerBound - 1_000_000), range.upperBound + 1_000_000)
        let relative = (time - range.lowerBound) * Int64(rate) - 500_000
        return relative <= 0 ? 0 : Int((relative + 999_999) / 1_000_000)
    }
}

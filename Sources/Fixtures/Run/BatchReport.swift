/// What came of a run.
public struct BatchReport: Sendable {
    /// Every rendition of every fixture, in the manifest's order.
    public var cases: [BatchCase]
    /// Whether it was interrupted.
    public var isInterrupted: Bool
    /// Golden frames that were removed, because no rendition has them any more.
    public var goldenRemoved: Int
    /// Seconds that it took.
    public var seconds: Double

    /// A report from its parts.
    package init(cases: [BatchCase], isInterrupted: Bool, goldenRemoved: Int = 0, seconds: Double) {
        self.cases = cases
        self.isInterrupted = isInterrupted
        self.goldenRemoved = goldenRemoved
        self.seconds = seconds
    }

    /// Renditions that did not do what the manifest expects.
    public var failed: [BatchCase] { cases.filter { $0.outcome == .failed } }
    /// Whether everything was done, and all of it as the manifest expects.
    public var isSuccess: Bool { !isInterrupted && cases.allSatisfy { $0.outcome == .passed } }
    /// Whether nothing had to be done, because all of it was known from earlier runs.
    public var isUnchanged: Bool { !cases.isEmpty && cases.allSatisfy(\.isCached) }
}

import Display
import Media

/// What a viewer shows things on. Opened before the room is entered: who has no screen is not seen to come and go.
@MainActor
struct ViewerScreen {
    let statistics: ViewerStatistics
    let playout: Playout
    let display: any MeetingDisplay

    /// Opens the window, or what stands in its place.
    /// - Throws: ``DisplayError`` without a desktop session.
    init(_ options: ViewOptions, room: String, clock: MediaClock = .system) throws {
        statistics = ViewerStatistics(clock: clock, readsPatterns: options.statistics != nil)
        // Measuring what is shown and heard costs something: only where somebody wants to know.
        playout = Playout(observer: options.statistics == nil ? nil : statistics)
        display =
            options.isHeadless
            ? HeadlessDisplay(playout: playout)
            : try WindowDisplay(playout: playout, title: "\(room) – Convene")
        display.notice = "Waiting for others in \(room)"
    }
}

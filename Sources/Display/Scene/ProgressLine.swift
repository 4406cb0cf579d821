import Layout

/// Where a replay is, as its window shows it.
public struct ReplayProgress: Sendable, Hashable {
    /// Microseconds from the meeting's start.
    public var position: Int64
    /// Microseconds from the meeting's start to its end.
    public var duration: Int64
    /// How much faster than it happened.
    public var speed: Double
    /// Whether the viewer made it stand still.
    public var isPaused: Bool
    /// Whether it stands at the end.
    public var isAtEnd: Bool
    /// What the viewer should read, for instance that a time is beyond the end.
    public var message: String?

    /// From its parts.
    public init(
        position: Int64, duration: Int64, speed: Double, isPaused: Bool, isAtEnd: Bool, message: String?
    ) {
        self.position = position
        self.duration = duration
        self.speed = speed
        self.isPaused = isPaused
        self.isAtEnd = isAtEnd
        self.message = message
    }
}

/// A thin bar at the lower edge that says how far a replay is, always; and a line above it with the time, after a key, while
/// it stands, and while a time is typed.
package struct ProgressLine: Sendable, Hashable {
    /// Pixels of the bar that are filled. Pixels, so that nothing is drawn anew while nothing changes.
    package let filled: Int
    /// What the line says; `nil` where it is not shown.
    package let text: String?
    /// Whether the sign of a pause stands before it.
    package let isPaused: Bool

    /// What a window `width` pixels wide shows.
    /// - Parameters:
    ///   - typed: the time that is being typed.
    ///   - showsText: whether the line is shown in any case.
    package init(_ progress: ReplayProgress, typed: String?, showsText: Bool, width: Int) {
        let share = progress.duration > 0 ? Double(progress.position) / Double(progress.duration) : 0
        filled = Int(Double(width) * min(max(share, 0), 1))
        isPaused = progress.isPaused && !progress.isAtEnd
        let isStanding = progress.isPaused || progress.isAtEnd
        guard showsText || isStanding || typed != nil || progress.message != nil else {
            text = nil
            return
        }
        if let typed {
            text = "Go to \(typed)"
        } else if let message = progress.message {
            text = message
        } else {
            let isLong = progress.duration >= 3_600_000_000
            let times = [progress.position, progress.duration].map { Self.clock($0, hours: isLong) }
            let speed = progress.speed == 1 ? nil : "\(progress.speed)×"
            text = ([times.joined(separator: " / "), speed, progress.isAtEnd ? "end" : nil] as [String?])
                .compactMap { $0 }.joined(separator: "  ")
        }
    }

    private static func clock(_ microseconds: Int64, hours: Bool) -> String {
        let all = max(0, microseconds) / 1_000_000
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let rest = "\(two(all / 60 % 60)):\(two(all % 60))"
        return hours ? "\(all / 3600):" + rest : rest
    }

    /// Draws both at the lower edge of `window`.
    func draw(in window: PixelRect, letters: Int, with renderer: SceneRenderer) throws(DisplayError) {
        let bar = max(3, letters / 5)
        var place = PixelRect(
            x: window.x, y: window.y + window.height - bar, width: window.width, height: bar)
        renderer.fill(place, .strip)
        place.width = min(filled, window.width)
        renderer.fill(place, .progress)
        guard let text else { return }
        let label = Label(text: text, size: letters)
        let sign = isPaused ? letters * 5 / 4 : 0
        let width = renderer.width(of: text, size: letters) + sign + 2 * letters
        let strip = PixelRect(
            x: window.x + max(0, (window.width - width) / 2), y: place.y - letters * 5 / 2,
            width: min(width, window.width), height: letters * 2)
        renderer.fill(strip, .panel)
        if isPaused {
            let rod = max(2, letters / 4)
            for offset in [0, 2 * rod] {
                renderer.fill(
                    PixelRect(
                        x: strip.x + letters + offset, y: strip.y + letters / 2, width: rod, height: letters),
                    .text)
            }
        }
        var room = strip
        (room.x, room.width) = (strip.x + sign, strip.width - sign)
        try renderer.draw(label, centeredIn: room)
    }
}

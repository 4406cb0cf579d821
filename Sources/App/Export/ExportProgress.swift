import Glibc
import Media

/// How far an export is: a bar with the remaining time on a terminal, a line for every 5 % elsewhere.
///
/// Confined to one thread.
struct ExportProgress {
    private static let barWidth = 30
    private static let interval: Int64 = 200_000_000

    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let total: Int64
    private let clock: MediaClock
    private let began: MonotonicTime
    private var next: MonotonicTime
    private var lastStep: Int64 = 0

    /// - Parameter total: microseconds that will be written.
    init(total: Int64, clock: MediaClock = .system) {
        self.total = max(1, total)
        self.clock = clock
        began = clock.now()
        next = began
    }

    /// Seconds since the beginning.
    var elapsed: Double { Double(clock.now() - began) / 1e9 }

    /// So many microseconds are written.
    mutating func update(_ done: Int64) {
        let percent = min(100, max(0, done) * 100 / total)
        let seconds = elapsed
        let speed = seconds > 0 ? Double(done) / 1e6 / seconds : 0
        let left = speed > 0 ? Int64(Double(total - done) / speed) : 0
        let numbers =
            "\(percent) %, \(Self.factor(speed)) times real time, \(ClockTime.text(max(0, left))) left"
        if isTerminal {
            guard clock.now() >= next else { return }
            next = clock.now() + Self.interval
            let filled = Int(percent) * Self.barWidth / 100
            let bar =
                String(repeating: "#", count: filled) + String(repeating: ".", count: Self.barWidth - filled)
            Self.write("\r[\(bar)] \(numbers)\u{1B}[K")
        } else if percent / 5 > lastStep {
            lastStep = percent / 5
            Output.line(numbers)
        }
    }

    /// Takes the bar away.
    func clear() { if isTerminal { Self.write("\r\u{1B}[K") } }

    /// `4.8`
    static func factor(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}

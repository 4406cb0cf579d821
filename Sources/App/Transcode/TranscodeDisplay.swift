import Glibc
import Media
import Transcode

/// How far one transcode is: a bar on a terminal, a line for every tenth elsewhere.
///
/// Confined to one thread.
struct TranscodeDisplay {
    private static let width = 30
    /// A bar below it says nothing.
    private static let shortest = 4
    /// Brackets and a blank.
    private static let frame = 3
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private var lastStep = 0

    /// Shows it.
    mutating func update(_ progress: TranscodeProgress) {
        let speed = DecimalText.tenths(progress.speed)
        guard let duration = progress.duration, duration > 0 else {
            if isTerminal {
                show("\(DecimalText.seconds(progress.position)), \(speed) times real time")
            }
            return
        }
        let share = min(1, max(0, progress.position / duration))
        let left = progress.speed > 0 ? max(0, duration - progress.position) / progress.speed : 0
        let numbers = "\(Int(share * 100)) %, \(speed) times real time, \(DecimalText.seconds(left)) left"
        if isTerminal {
            let room = TerminalSize.current().columns - numbers.count - Self.frame
            show(
                room >= Self.shortest
                    ? "\(ProgressBar.bar(share, min(room, Self.width))) \(numbers)" : numbers)
        } else if Int(share * 10) > lastStep {
            lastStep = Int(share * 10)
            Output.line(numbers)
        }
    }

    /// Takes the bar away.
    func clear() { if isTerminal { write("\r\u{1B}[K") } }

    /// In the place of what was shown before: a line that wrapped would leave its beginning.
    private func show(_ text: String) { write("\r\(text.prefix(TerminalSize.current().columns))\u{1B}[K") }

    private func write(_ text: String) { _ = text.withCString { Glibc.write(STDOUT_FILENO, $0, strlen($0)) } }
}

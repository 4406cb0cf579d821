import Fixtures
import Glibc
import Media
import Synchronization
import Transcode

/// How far a manifest is: on a terminal a bar for each running fixture and one for the whole, elsewhere a line for each
/// fixture that is done. Any thread.
final class BatchDisplay: Sendable {
    private static let interval: Int64 = 200_000_000

    private struct Running {
        let index: Int
        var progress: TranscodeProgress?

        /// 0…1
        var fraction: Double {
            guard let progress, let duration = progress.duration, duration > 0 else { return 0 }
            return min(1, max(0, progress.position / duration))
        }
    }

    private struct State {
        var running: [Running] = []
        var doneWeight = 0.0
        var doneCount = 0
        var next: MonotonicTime
        var shownLines = 0
    }

    private let plan: BatchPlan
    private let weights: [Double]
    private let totalWeight: Double
    private let isTerminal: Bool
    private let clock: MediaClock
    private let began: MonotonicTime
    private let state: Mutex<State>

    init(_ plan: BatchPlan, isTerminal: Bool = isatty(STDOUT_FILENO) == 1, clock: MediaClock = .system) {
        self.plan = plan
        self.isTerminal = isTerminal
        self.clock = clock
        began = clock.now()
        // Large files take longer; even an empty one takes something.
        weights = plan.fixtures.map { fixture in
            var status = stat()
            return stat(fixture.path, &status) == 0 ? Double(max(1, status.st_size)) : 1
        }
        totalWeight = max(1, weights.reduce(0, +))
        state = Mutex(State(next: began))
    }

    func handle(_ event: BatchEvent) {
        state.withLock { state in
            switch event {
            case .began(let index):
                state.running.append(Running(index: index))
                draw(&state)
            case .progress(let index, let progress):
                guard let place = state.running.firstIndex(where: { $0.index == index }) else { return }
                state.running[place].progress = progress
                if clock.now() >= state.next { draw(&state) }
            case .finished(let index, let cases):
                state.running.removeAll { $0.index == index }
                state.doneWeight += weights[index]
                state.doneCount += 1
                say(Self.lines(plan.fixtures[index].name, cases, isTerminal: isTerminal), &state)
            case .note(let text): say([text], &state)
            }
        }
    }

    /// Takes the bars away.
    func clear() { state.withLock { erase(&$0) } }

    /// What is said of a fixture that is done: on a terminal only what is wrong, since bars and table tell the rest.
    static func lines(_ name: String, _ cases: [BatchCase], isTerminal: Bool) -> [String] {
        let failures = cases.filter { $0.outcome == .failed }.flatMap { item in
            item.failures.map { "FAILED \(name) \(item.rendition): \($0.text)" }
        }
        let passed = cases.filter { $0.outcome == .passed }
        guard !isTerminal, !passed.isEmpty else { return failures }
        let seconds = passed.map(\.seconds).max() ?? 0
        let took = passed.allSatisfy(\.isCached) ? "cached" : "\(ExportProgress.factor(seconds)) s"
        return ["ok     \(name): \(passed.map(\.rendition).joined(separator: ", ")) (\(took))"] + failures
    }

    private func say(_ lines: [String], _ state: inout State) {
        erase(&state)
        for line in lines { Output.line(line) }
        draw(&state)
    }

    private func erase(_ state: inout State) {
        guard isTerminal, state.shownLines > 0 else { return }
        Self.write("\u{1B}[\(state.shownLines)A\r\u{1B}[J")
        state.shownLines = 0
    }

    private func draw(_ state: inout State) {
        guard isTerminal else { return }
        state.next = clock.now() + Self.interval
        let lines = bars(state, TerminalSize.current())
        let up = state.shownLines > 0 ? "\u{1B}[\(state.shownLines)A\r" : ""
        Self.write(up + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
        state.shownLines = lines.count
    }

    private func bars(_ state: State, _ size: TerminalSize) -> [String] {
        let bar = ProgressBar(columns: size.columns)
        var weight = state.doneWeight
        var lines: [String] = []
        for running in state.running {
            weight += weights[running.index] * running.fraction
            // What is above the screen could not be taken away again.
            guard lines.count < size.rows - 1 else { continue }
            let speed = running.progress.map { ExportProgress.factor($0.speed) } ?? ""
            let words = speed.isEmpty ? "" : speed + (bar.isNarrow ? "x" : " times real time")
            lines.append(bar.line(plan.fixtures[running.index].name, running.fraction, words))
        }
        let fraction = min(1, weight / totalWeight)
        let elapsed = Double(clock.now() - began) / 1e9
        let left =
            fraction > 0 ? ClockTime.text(Int64(elapsed * (1 - fraction) / fraction * 1e6)) + " left" : ""
        let count = "\(state.doneCount) of \(plan.fixtures.count)" + (bar.isNarrow ? "" : " fixtures")
        return lines + [bar.line(count, fraction, left)]
    }

    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}

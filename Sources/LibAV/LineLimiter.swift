package import Media

/// Says each kind of line once and counts what follows: a damaged stream makes thousands of lines a second.
///
/// Lines that differ only in their numbers are of one kind. Every minute one line sums up what was held back. Memory and output
/// are bounded whatever comes. A value without a lock of its own.
package struct LineLimiter {
    private struct Kind {
        /// Whether a line of it was said.
        var isSaid: Bool
        /// The last line that was held back, as an example.
        var example: String
        /// Lines that were held back since the last sum.
        var held = 0
        var lastSeen: MonotonicTime
    }

    /// Kinds that are told apart. Lines beyond them are counted only.
    package static let maximumKinds = 64
    /// Lines a second, and at once after a pause.
    package static let linesPerSecond = 5
    /// Nanoseconds between sums.
    package static let interval: Int64 = 60_000_000_000
    /// Nanoseconds after which a kind is said again.
    private static let memory: Int64 = 600_000_000_000
    /// Characters by which kinds are told apart.
    private static let shapeLength = 120
    private static let second: Int64 = 1_000_000_000

    private var kinds: [String: Kind] = [:]
    /// Lines of no kind that is kept.
    private var others = 0
    private var began: MonotonicTime?
    private var budget = Self.linesPerSecond
    private var budgetTime: MonotonicTime?

    package init() {}

    /// Takes one line and returns what is to be said now: it, a sum of what was held back, both or nothing.
    package mutating func take(_ line: String, now: MonotonicTime) -> [String] {
        var result: [String] = []
        if let began, now - began >= Self.interval, let sum = rest(now: now) { result.append(sum) }
        let shape = Self.shape(line)
        guard kinds[shape] != nil || kinds.count < Self.maximumKinds else {
            hold(now)
            others += 1
            return result
        }
        var kind = kinds[shape] ?? Kind(isSaid: false, example: line, lastSeen: now)
        kind.lastSeen = now
        if !kind.isSaid, takesFromBudget(now) {
            kind.isSaid = true
            result.append(line)
        } else {
            hold(now)
            kind.held += 1
            kind.example = line
        }
        kinds[shape] = kind
        return result
    }

    /// The sum of what was held back since the last one, `nil` if that was nothing.
    package mutating func rest(now: MonotonicTime) -> String? {
        guard let began else { return nil }
        let total = kinds.values.reduce(others) { $0 + $1.held }
        let most = kinds.values.max { $0.held < $1.held }
        let seconds = max(1, ((now - began) + Self.second / 2) / Self.second)
        for (shape, kind) in kinds {
            kinds[shape]?.held = 0
            if now - kind.lastSeen >= Self.memory { kinds[shape] = nil }
        }
        others = 0
        self.began = nil
        guard let most, most.held > 0 else { return "\(total) more lines in \(seconds) s" }
        return "\(total) more lines like these in \(seconds) s, \(most.held) like this one: \(most.example)"
    }

    private mutating func hold(_ now: MonotonicTime) { if began == nil { began = now } }

    private mutating func takesFromBudget(_ now: MonotonicTime) -> Bool {
        if budgetTime.map({ now - $0 >= Self.second }) ?? true {
            budget = Self.linesPerSecond
            budgetTime = now
        }
        guard budget > 0 else { return false }
        budget -= 1
        return true
    }

    /// The line with `#` for each number, also a hexadecimal one.
    package static func shape(_ line: String) -> String {
        var result: [UInt8] = []
        var isNumber = false
        for byte in line.utf8.prefix(shapeLength) {
            let isDigit = (0x30...0x39).contains(byte)
            let isHexadecimal = (0x61...0x66).contains(byte | 0x20)
            if isDigit || isNumber && (isHexadecimal || byte == 0x78) {
                if !isNumber { result.append(0x23) }
                isNumber = true
            } else {
                isNumber = false
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

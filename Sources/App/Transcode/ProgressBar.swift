/// Bars of characters, and lines that have one, as wide as the terminal allows.
struct ProgressBar: Hashable {
    private static let widest = (name: 32, bar: 24)
    /// Below it, words are short.
    private static let narrow = 72
    /// Brackets, blanks and the share.
    private static let fixed = 10

    /// Whether there is little room for words behind the bar.
    let isNarrow: Bool
    private let nameWidth: Int
    private let barWidth: Int
    private let columns: Int

    /// Bars for lines of so many characters.
    init(columns: Int) {
        self.columns = columns
        isNarrow = columns < Self.narrow
        let room = max(0, columns - Self.fixed - (isNarrow ? 11 : 22))
        barWidth = min(Self.widest.bar, room / 2)
        nameWidth = min(Self.widest.name, room - barWidth)
    }

    /// A line: a name in a column of its own, how much is done, and what else there is to say.
    func line(_ name: String, _ fraction: Double, _ words: String) -> String {
        let percent = "\(Int(fraction * 100))"
        let share = String(repeating: " ", count: max(0, 3 - percent.count)) + percent + " %"
        return String("\(fitted(name)) \(Self.bar(fraction, barWidth)) \(share) \(words)".prefix(columns))
    }

    /// `[###...]`
    static func bar(_ fraction: Double, _ width: Int) -> String {
        let filled = max(0, min(width, Int(fraction * Double(width))))
        return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
            + "]"
    }

    /// The end of a name tells more than its beginning.
    private func fitted(_ name: String) -> String {
        guard name.count > nameWidth else {
            return name + String(repeating: " ", count: nameWidth - name.count)
        }
        return nameWidth > 0 ? "…" + name.suffix(nameWidth - 1) : ""
    }
}

/// A line that is being typed, byte by byte, as a terminal sends it. Pure.
package struct LineEditor: Sendable, Hashable {
    /// What a byte has led to.
    package enum Event: Sendable, Hashable {
        /// Nothing that is seen.
        case nothing
        /// The line looks different now.
        case changed
        /// Return was pressed.
        case line(String)
    }

    /// How far an escape sequence, such as an arrow key sends, was read.
    private enum Escape: Sendable, Hashable { case none, began, parameters }

    /// Bytes that a line may have.
    package static let capacity = 4096

    private var bytes: [UInt8] = []
    private var escape = Escape.none

    /// An empty line.
    package init() {}

    /// What was typed. A character that is not complete yet is left out.
    package var text: String {
        // The last character may still lack bytes.
        let complete = bytes.prefix { _ in true }
        var end = complete.count
        if let start = complete.lastIndex(where: { $0 & 0xC0 != 0x80 }) {
            let length = Self.length(complete[start])
            if complete.count - start < length { end = start }
        }
        return String(decoding: complete[..<end], as: UTF8.self)
    }

    private static func length(_ first: UInt8) -> Int {
        first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
    }

    /// Takes the next byte.
    package mutating func take(_ byte: UInt8) -> Event {
        switch escape {
        case .began:
            escape = byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") ? .parameters : .none
            return .nothing
        case .parameters:
            if (0x40...0x7E).contains(byte) { escape = .none }
            return .nothing
        case .none: break
        }
        switch byte {
        case 0x1B:
            escape = .began
            return .nothing
        case 0x0A, 0x0D:
            defer { bytes = [] }
            return .line(text)
        case 0x08, 0x7F: return removeCharacter()
        case 0x15:
            bytes = []
            return .changed
        case 0x17: return removeWord()
        case 0x00..<0x20 where byte != 0x09: return .nothing
        default:
            guard bytes.count < Self.capacity else { return .nothing }
            bytes.append(byte)
            return .changed
        }
    }

    private mutating func removeCharacter() -> Event {
        guard !bytes.isEmpty else { return .nothing }
        bytes = Array(String(text.dropLast()).utf8)
        return .changed
    }

    private mutating func removeWord() -> Event {
        guard !bytes.isEmpty else { return .nothing }
        let kept = text.reversed().drop { $0 == " " }.drop { $0 != " " }
        bytes = Array(String(kept.reversed()).utf8)
        return .changed
    }

    /// The end of what was typed, as much of it as fits into so many columns.
    package func tail(columns: Int) -> String {
        var width = 0
        let shown = text.reversed().prefix { character in
            width += Self.width(character)
            return width <= columns
        }
        return String(shown.reversed().map { $0 == "\t" ? " " : $0 })
    }

    /// Columns that a character takes: two in East Asian scripts and for emoji. Too many does no harm.
    private static func width(_ character: Character) -> Int {
        character.unicodeScalars.contains { $0.value >= 0x1100 } ? 2 : 1
    }
}

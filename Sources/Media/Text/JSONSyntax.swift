/// Finds the first place where bytes stop being JSON (RFC 8259), or where an object has a name twice: decoders say only that
/// bytes are no JSON, and take some that are none. Pure; takes memory for the nesting, which it bounds, and for the names.
public struct JSONSyntax {
    /// Where and why it is no JSON. Lines and columns count from 1, columns in characters of Unicode.
    public struct Problem: Sendable, Hashable {
        /// The line.
        public var line: Int
        /// The column.
        public var column: Int
        /// For instance `"," or "}" is missing`.
        public var reason: String
    }

    private struct Failure: Error {
        let offset: Int
        let reason: String
    }

    private static let deepest = 512
    private let bytes: [UInt8]
    private var index = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The first problem of `bytes`; `nil` for JSON.
    public static func problem(_ bytes: [UInt8]) -> Problem? {
        var scanner = JSONSyntax(bytes)
        do throws(Failure) {
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { scanner.index = 3 }
            try scanner.value(depth: 0)
            scanner.skipSpace()
            guard scanner.index == bytes.count else { throw scanner.failure("nothing may follow here") }
            return nil
        } catch {
            let before = bytes.prefix(error.offset)
            let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            return Problem(
                line: before.count { $0 == 0x0A } + 1,
                column: String(decoding: before[lineStart...], as: UTF8.self).count + 1, reason: error.reason)
        }
    }

    private func failure(_ reason: String) -> Failure {
        Failure(offset: index, reason: index == bytes.count ? "it ends too early: \(reason)" : reason)
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
    }

    private mutating func value(depth: Int) throws(Failure) {
        skipSpace()
        guard depth < Self.deepest else { throw failure("it is nested too deeply") }
        guard let byte = current else { throw failure("a value is missing") }
        switch byte {
        case UInt8(ascii: "{"): try members(depth: depth)
        case UInt8(ascii: "["): try elements(depth: depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "'"): throw failure("text is written in double quotes")
        case UInt8(ascii: "/"): throw failure("JSON has no comments")
        default: throw failure("a value is missing")
        }
    }

    private mutating func members(depth: Int) throws(Failure) {
        index += 1
        skipSpace()
        if take("}") { return }
        var names: Set<ArraySlice<UInt8>> = []
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw failure("a name in double quotes is missing") }
            let start = index
            try string()
            let name = bytes[start..<index]
            guard names.insert(name).inserted else {
                throw Failure(
                    offset: start, reason: "\(String(decoding: name, as: UTF8.self)) is there twice")
            }
            skipSpace()
            guard take(":") else { throw failure("\":\" is missing") }
            try value(depth: depth + 1)
            skipSpace()
            if take("}") { return }
            guard take(",") else { throw failure("\",\" or \"}\" is missing") }
        }
    }

    private mutating func elements(depth: Int) throws(Failure) {
        index += 1
        skipSpace()
        if take("]") { return }
        while true {
            try value(depth: depth + 1)
            skipSpace()
            if take("]") { return }
            guard take(",") else { throw failure("\",\" or \"]\" is missing") }
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = current, UInt32(byte) == character.value else { return false }
        index += 1
        return true
    }

    private mutating func string() throws(Failure) {
        index += 1
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return
            case UInt8(ascii: "\\"): index += 2
            case ..<0x20: throw failure("a text ends before its line does")
            default: index += 1
            }
        }
        index = bytes.count
        throw failure("a text has no end")
    }

    private mutating func number() throws(Failure) {
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
    }

    private mutating func digits() throws(Failure) {
        let start = index
        while let byte = current, (0x30...0x39).contains(byte) { index += 1 }
        guard index > start else { throw failure("a digit is missing") }
    }

    private mutating func word(_ word: StaticString) throws(Failure) {
        let expected = word.withUTF8Buffer { Array($0) }
        guard bytes[index...].starts(with: expected) else { throw failure("a value is missing") }
        index += expected.count
    }
}

/// Looks for a key that stands twice in one object of a JSON text: readers keep one of the two, and nobody says which.
///
/// The text is valid JSON (RFC 8259).
struct RepeatedKey {
    private struct Level {
        /// The path of what is at its place now: a key's name, or a number.
        var place = ""
        var keys: Set<String>?
        var index = 0
    }

    private let bytes: [UInt8]
    private var position = 0
    private var levels: [Level] = []

    /// The path of the first such key, for instance `fixtures[2].expect.frames`; `nil` where there is none.
    static func first(in bytes: [UInt8]) -> String? {
        var search = RepeatedKey(bytes)
        return search.run()
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func run() -> String? {
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "{"): levels.append(Level(keys: []))
            case UInt8(ascii: "["): levels.append(Level(place: "[0]"))
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = levels.popLast()
            case UInt8(ascii: ","): nextItem()
            case UInt8(ascii: "\""):
                let text = string()
                if isKey(), !note(text) { return path }
            default: break
            }
        }
        return nil
    }

    private mutating func nextItem() {
        guard let last = levels.indices.last, levels[last].keys == nil else { return }
        levels[last].index += 1
        levels[last].place = "[\(levels[last].index)]"
    }

    /// The text up to the closing quotation mark, as it stands.
    private mutating func string() -> String {
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        let end = min(position, bytes.count)
        position = end + 1
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private func isKey() -> Bool {
        bytes.dropFirst(position).first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ":")
    }

    /// - Returns: `false` where the object has the key already.
    private mutating func note(_ key: String) -> Bool {
        guard let last = levels.indices.last else { return true }
        levels[last].place = key
        return levels[last].keys?.insert(key).inserted ?? true
    }

    private var path: String {
        levels.reduce(into: "") { path, level in
            path += path.isEmpty || level.place.hasPrefix("[") ? level.place : "." + level.place
        }
    }
}

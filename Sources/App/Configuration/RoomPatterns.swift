/// Which rooms are meant, as `archive.rooms` says it: names separated by commas, in which `*` stands for any characters and
/// `?` for one.
package struct RoomPatterns: Sendable {
    private let patterns: [[UInt8]]

    /// Reads the value of `archive.rooms`. An empty text means no room.
    /// - Throws: ``AppError`` that names the first pattern that no room could match.
    package init(_ text: String) throws(AppError) {
        var patterns: [[UInt8]] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: !text.contains(",")) {
            let pattern = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            guard !pattern.isEmpty, pattern.allSatisfy(Self.isAllowed) else {
                throw AppError(
                    "archive.rooms has the pattern \"\(part)\"; write names of rooms (A-Z a-z 0-9 . _ -), with * for any "
                        + "characters and ? for one, separated by commas.", status: .usage)
            }
            patterns.append(Array(String(pattern).utf8))
        }
        self.patterns = patterns
    }

    private static func isAllowed(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-*?".contains(character))
    }

    /// Whether the room of that name is meant.
    package func contains(_ room: String) -> Bool {
        let name = Array(room.utf8)
        return patterns.contains { Self.matches($0[...], name[...]) }
    }

    /// Goes back to the last star only, so that the time is bounded by the product of the lengths.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        var (pattern, name) = (pattern, name)
        var star: (pattern: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
        while true {
            if let next = pattern.first, next == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                star = (pattern, name)
            } else if let character = name.first {
                if let next = pattern.first, next == UInt8(ascii: "?") || next == character {
                    (pattern, name) = (pattern.dropFirst(), name.dropFirst())
                } else if let last = star {
                    star = (last.pattern, last.name.dropFirst())
                    (pattern, name) = (last.pattern, last.name.dropFirst())
                } else {
                    return false
                }
            } else {
                return pattern.isEmpty
            }
        }
    }
}

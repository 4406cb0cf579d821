import Glibc

/// Which rooms are meant, as `archive.rooms` says it: names separated by commas, in which `*` stands for any characters and
/// `?` for one.
package struct RoomPatterns: Sendable {
    private let patterns: [String]

    /// Reads the value of `archive.rooms`. An empty text means no room.
    /// - Throws: ``AppError`` that names the first pattern that no room could match.
    package init(_ text: String) throws(AppError) {
        var patterns: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: !text.contains(",")) {
            let pattern = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            guard !pattern.isEmpty, pattern.allSatisfy(Self.isAllowed) else {
                throw AppError(
                    "archive.rooms has the pattern \"\(part)\"; write names of rooms (A-Z a-z 0-9 . _ -), with * for any "
                        + "characters and ? for one, separated by commas.", status: .usage)
            }
            patterns.append(String(pattern))
        }
        self.patterns = patterns
    }

    private static func isAllowed(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-*?".contains(character))
    }

    /// Whether the room of that name is meant.
    package func contains(_ room: String) -> Bool { patterns.contains { fnmatch($0, room, 0) == 0 } }
}

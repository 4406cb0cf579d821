import App
import Testing

@Suite("Rooms that are recorded")
struct RoomPatternsTests {
    @Test(arguments: [
        ("*", "standup", true), ("", "standup", false), ("standup", "standup", true),
        ("standup", "standup-2", false), ("standup", "Standup", false), ("stand*", "stand", true),
        ("*up", "standup", true), ("*up", "upper", false), ("s*d*p", "standup", true),
        ("board, team-?", "team-1", true), ("board, team-?", "team-12", false), ("a,b ,c", "b", true),
        ("*.*", "a.b", true), ("???", "abc", true), ("??*??", "abc", false), ("a*a*a", "aa", false),
    ])
    func patternsMatchWholeNames(patterns: String, room: String, isMeant: Bool) throws {
        #expect(try RoomPatterns(patterns).contains(room) == isMeant)
    }

    @Test(arguments: ["a b", "ä", "[ab]", "a/b", "a,,b", "a,", ","])
    func aPatternThatNoRoomMatchesIsNamed(text: String) {
        let error = #expect(throws: AppError.self) { try RoomPatterns(text) }
        let bad = text.contains(",") ? "" : text
        #expect(error?.description.contains("archive.rooms has the pattern \"\(bad)\"") == true)
        #expect(error?.status == .usage)
    }

    /// A star for each character: backtracking without bound would not come to an end.
    @Test func manyStarsAreQuick() throws {
        let pattern = String(repeating: "*a", count: 200)
        #expect(try !RoomPatterns(pattern).contains(String(repeating: "a", count: 63) + "b"))
    }
}

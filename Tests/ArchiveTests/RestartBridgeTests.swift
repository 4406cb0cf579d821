import Archive
import Foundation
import MediaTesting
import Testing

/// A restart of the server, as replay and export read it in the journal: a broken connection. Times are microseconds.
@Suite("Restarts in a journal")
struct RestartBridgeTests {
    /// Ada's screen until the server ends at 20 s; it is there again at 23 s.
    private static let before = [
        #"{"event":"join","time":0,"participant":"ada","name":"Ada"}"#, track(1, 10_000_000),
        #"{"event":"untrack","time":19999000,"participant":"ada","track":1}"#,
        #"{"event":"leave","time":20000000,"participant":"ada","reason":"restarting"}"#,
        #"{"event":"end","time":20000001}"#, #"{"event":"restart","time":23000000}"#,
    ]

    private static func join(_ time: Int) -> String {
        #"{"event":"join","time":\#(time),"participant":"ada","name":"Ada"}"#
    }

    private static func track(_ id: Int, _ time: Int) -> String {
        #"{"event":"track","time":\#(time),"track":\#(id),"participant":"ada","source":"screen","codec":"h264"}"#
    }

    private static func ending(track: Int) -> [String] {
        [
            #"{"event":"untrack","time":40000000,"participant":"ada","track":\#(track)}"#,
            #"{"event":"leave","time":40000000,"participant":"ada","reason":"bye"}"#,
            #"{"event":"end","time":40000001}"#,
        ]
    }

    private func withJournal<Result>(_ lines: [String], _ body: (_ folder: String) throws -> Result) throws
        -> Result
    {
        let folder = try TemporaryFolder()
        try lines.joined(separator: "\n").appending("\n").write(
            toFile: folder.path + "/journal.jsonl", atomically: true, encoding: .utf8)
        return try withExtendedLifetime(folder) { try body(folder.path) }
    }

    private func spans(_ lines: [String]) throws -> SourceSpans {
        try withJournal(lines) { SourceSpans(folder: $0) }
    }

    /// Who comes and goes, as a replay from `time` on shows it.
    private func happenings(_ lines: [String], from time: Int64) throws -> [String] {
        try withJournal(lines) { folder in
            let manifest = MeetingManifest(
                meeting: "m", room: "r", started: "2026-01-01T00:00:00.000Z", software: [:])
            let source = try ReplaySource(folder: folder, manifest: manifest)
            source.seek(to: time)
            var found: [String] = []
            while let item = source.next() {
                switch item.event {
                case .joined(let participant, _): found.append("\(item.time) \(participant) joined")
                case .left(let participant): found.append("\(item.time) \(participant) left")
                case .away(let participant): found.append("\(item.time) \(participant) away")
                case .back(let participant): found.append("\(item.time) \(participant) back")
                default: break
                }
            }
            return found
        }
    }

    @Test func aTrackGoesOnUnderItsNewNumber() throws {
        let found = try spans(
            Self.before + [Self.join(24_000_000), Self.track(7, 26_000_000)] + Self.ending(track: 7))
        #expect(found.ofPictures(participant: "ada", source: "screen") == [10_000_000..<40_000_000])
        #expect(found.absences(of: "ada") == [20_000_000..<24_000_000])
        #expect(found.losses(of: "ada") == [21_500_000..<24_000_000])
    }

    @Test func aTrackGoesOnThroughTwoRestarts() throws {
        let again = [
            #"{"event":"untrack","time":30000000,"participant":"ada","track":7}"#,
            #"{"event":"leave","time":30000000,"participant":"ada","reason":"restarting"}"#,
            #"{"event":"restart","time":31000000}"#,
        ]
        let found = try spans(
            Self.before + [Self.join(24_000_000), Self.track(7, 24_000_000)] + again
                + [Self.join(32_000_000), Self.track(9, 32_000_000)] + Self.ending(track: 9))
        #expect(found.ofPictures(participant: "ada", source: "screen") == [10_000_000..<40_000_000])
        #expect(found.absences(of: "ada") == [20_000_000..<24_000_000, 30_000_000..<32_000_000])
    }

    @Test(arguments: [true, false])
    func aTrackThatIsNotSoonPublishedAgainEndsWithTheReturn(comesLate: Bool) throws {
        let later = comesLate ? [Self.track(7, 36_000_000)] : []
        let found = try spans(Self.before + [Self.join(24_000_000)] + later + Self.ending(track: 7))
        let first = found.ofPictures(participant: "ada", source: "screen").first
        #expect(first == 10_000_000..<24_000_000)
    }

    @Test func somebodyWhoComesBackLateHadLeft() throws {
        let found = try spans(Self.before + [Self.join(84_000_000)])
        #expect(found.ofPictures(participant: "ada", source: "screen") == [10_000_000..<19_999_000])
        #expect(found.absences(of: "ada").isEmpty)
    }

    @Test func aReplayShowsABrokenConnection() throws {
        let lines = Self.before + [Self.join(24_000_000)] + Self.ending(track: 7)
        let expected = ["21500000 ada away", "24000000 ada back", "40000000 ada left"]
        #expect(try happenings(lines, from: 0) == ["0 ada joined"] + expected)
        let sought = ["22000000 ada joined", "22000000 ada away"]
        #expect(try happenings(lines, from: 22_000_000) == sought + expected.dropFirst())
    }

    @Test func somebodyWithASilentTrackDoesNotOnlyWatch() throws {
        let found = try spans([
            Self.join(0), #"{"event":"join","time":1,"participant":"bob","name":"Bob"}"#,
            #"{"event":"track","time":2,"track":1,"participant":"ada","source":"camera","codec":"opus"}"#,
        ])
        #expect(found.publishers == ["ada"])
    }
}

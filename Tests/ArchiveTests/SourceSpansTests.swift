import Archive
import Foundation
import MediaTesting
import Testing

@Suite struct SourceSpansTests {
    private func spans(_ lines: [String]) throws -> SourceSpans {
        let folder = try TemporaryFolder()
        try lines.joined(separator: "\n").appending("\n").write(
            toFile: folder.path + "/journal.jsonl", atomically: true, encoding: .utf8)
        return SourceSpans(folder: folder.path)
    }

    private func track(_ id: Int, _ time: Int, source: String = "screen", codec: String = "h264") -> String {
        #"{"event":"track","time":\#(time),"track":\#(id),"participant":"ada","source":"\#(source)","codec":"\#(codec)"}"#
    }

    private func line(_ event: String, _ time: Int, track: Int? = nil) -> String {
        let more = track.map { ",\"track\":\($0)" } ?? ""
        return #"{"event":"\#(event)","time":\#(time),"participant":"ada"\#(more)}"#
    }

    @Test func aSourceIsThereFromTrackToUntrack() throws {
        let found = try spans([
            track(1, 10), track(2, 5, source: "camera"), track(3, 5, codec: "opus"),
            line("untrack", 40, track: 1), track(4, 60), line("end", 100),
        ])
        #expect(found.ofPictures(participant: "ada", source: "screen") == [10..<40, 60..<100])
        #expect(found.ofPictures(participant: "ada", source: "camera") == [5..<100])
        #expect(found.ofPictures(participant: "bob", source: "camera").isEmpty)
    }

    @Test func whatIsNotRecordedIsNotThere() throws {
        let found = try spans([
            track(1, 10), line("stop", 20), line("record", 50), line("untrack", 70, track: 1),
        ])
        #expect(found.ofPictures(participant: "ada", source: "screen") == [10..<20, 50..<70])
    }

    @Test func aCrashEndsAtTheLastLine() throws {
        let found = try spans([track(1, 10), line("chat", 30)])
        #expect(found.ofPictures(participant: "ada", source: "screen") == [10..<30])
    }

    @Test func absencesReachToTheReturnOrTheEnd() throws {
        let found = try spans([line("away", 10), line("back", 15), line("away", 30), line("chat", 44)])
        #expect(found.absences(of: "ada") == [10..<15, 30..<44])
    }

    @Test func timesThatRunBackwardsMakeNoSpans() throws {
        let found = try spans([
            track(1, 50), line("untrack", 10, track: 1), line("away", 90), line("back", 20),
            track(2, -9_223_372_036_854_775_807), line("untrack", 9_223_372_036_854_775_807, track: 2),
        ])
        #expect(found.ofPictures(participant: "ada", source: "screen").isEmpty)
        #expect(found.absences(of: "ada") == [90..<90])
    }

    @Test func withoutAJournalNothingIsKnown() throws {
        let folder = try TemporaryFolder()
        #expect(SourceSpans(folder: folder.path).ofPictures(participant: "ada", source: "screen").isEmpty)
    }
}

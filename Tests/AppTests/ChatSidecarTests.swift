import App
import Archive
import Foundation
import MediaTesting
import Testing

@Suite("Chat beside a film")
struct ChatSidecarTests {
    private func text(_ range: Range<Int64>) throws -> String? {
        let folder = try TemporaryFolder()
        let line = #"{"event":"chat","time":1500000,"participant":"ada","name":"Ada","text":"1 < 2"}"#
        try (line + "\n").write(toFile: folder.path + "/journal.jsonl", atomically: true, encoding: .utf8)
        return try withExtendedLifetime(folder) {
            ChatSidecar.text(try ChatLine.read(folder: folder.path), range: range)
        }
    }

    @Test func itSaysWhoHasWrittenIt() throws {
        let text = try #require(try text(1_000_000..<20_000_000))
        #expect(
            text == """
                WEBVTT

                NOTE Chat of a meeting, written by Convene

                00:00:00.500 --> 00:00:06.500
                <v Ada>1 &lt; 2

                """)
        #expect(ChatSidecar.isOurs(Array(Array(text.utf8).prefix(ChatSidecar.headLength))))
        #expect(try self.text(2_000_000..<20_000_000) == nil)
    }

    @Test(arguments: ["", "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n", "WEBVTT\n\nNOTE Chat of a meeting"])
    func aFileWithoutTheNoteIsForeign(text: String) { #expect(!ChatSidecar.isOurs(Array(text.utf8))) }
}

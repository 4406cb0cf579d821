import App
import Testing

/// What a person types on a terminal.
@Suite struct ChatInputTests {
    private func typed(_ text: String) -> (editor: LineEditor, lines: [String]) {
        var editor = LineEditor()
        var lines: [String] = []
        for byte in text.utf8 { if case .line(let line) = editor.take(byte) { lines.append(line) } }
        return (editor, lines)
    }

    @Test func linesEndWithReturn() {
        #expect(typed("Grüße\rto 🎉\n\nrest").lines == ["Grüße", "to 🎉", ""])
        #expect(typed("a\rrest").editor.text == "rest")
    }

    @Test func backspaceTakesAWholeCharacterAway() {
        #expect(typed("Zoë\u{7F}").editor.text == "Zo")
        #expect(typed("👩‍👩‍👧\u{08}").editor.text == "")
        #expect(typed("\u{7F}\u{7F}a").editor.text == "a")
        #expect(typed("one two  \u{17}").editor.text == "one ")
        #expect(typed("one two\u{15}x").editor.text == "x")
    }

    @Test func arrowsAndOtherKeysLeaveNothingBehind() {
        #expect(typed("a\u{1B}[Ab\u{1B}[1;5Cc\u{1B}OPd\u{1B}xe").editor.text == "abcde")
        #expect(typed("a\u{01}\u{02}b").editor.text == "ab")
    }

    @Test func aCharacterThatIsNotCompleteIsLeftOut() {
        var editor = LineEditor()
        for byte in Array("é".utf8).dropLast() { _ = editor.take(byte) }
        #expect(editor.text == "")
        _ = editor.take(Array("é".utf8)[1])
        #expect(editor.text == "é")
        for byte in [0xFF, 0x80, 0xC0] as [UInt8] { _ = editor.take(byte) }
        #expect(editor.text.hasPrefix("é"))
    }

    @Test func aLineIsBounded() {
        #expect(typed(String(repeating: "x", count: 10_000)).editor.text.utf8.count == LineEditor.capacity)
    }

    @Test func theEndIsShownWhereNotAllFits() {
        #expect(typed("abcdef").editor.tail(columns: 3) == "def")
        #expect(typed("李雷").editor.tail(columns: 3) == "雷")
        #expect(typed("ab").editor.tail(columns: 10) == "ab")
    }

    @Test func commandsAreNotChat() {
        #expect(ChatCommand("hello /help") == .say("hello /help"))
        #expect(ChatCommand("  hello ") == .say("hello "))
        #expect(ChatCommand("   ") == .nothing)
        #expect(ChatCommand("/help") == .help)
        #expect(ChatCommand("/MUTE now") == .microphone)
        #expect(ChatCommand("/camera") == .camera)
        #expect(ChatCommand("/sound") == .sound)
        #expect(ChatCommand("/quit") == .quit)
        #expect(ChatCommand("/mutee") == .unknown("/mutee"))
        #expect(ChatCommand("/") == .unknown("/"))
        #expect(ChatCommand("//etc is a folder") == .say("/etc is a folder"))
    }
}

import Display
import Foundation
import Testing

/// What DejaVu Sans has, which is always installed: Latin, Hebrew, Arabic. Other scripts where their fonts are.
@Suite struct LabelTests {
    private let renderer = LabelRenderer()
    private static let size = 40

    private func draw(_ text: String, width: Int = 2000) throws -> LabelBitmap {
        try #require(renderer.bitmap(text, size: Self.size, width: width))
    }

    /// How much of each column is covered, without the empty columns at the edges.
    private func columns(_ label: LabelBitmap) -> [Int] {
        let sums = (0..<label.width).map { x in
            (0..<label.height).reduce(0) { $0 + Int(label.pixels[($1 * label.width + x) * 4 + 3]) }
        }
        let inked = sums.indices.filter { sums[$0] > 0 }
        return Array(sums[(inked.first ?? 0)...(inked.last ?? 0)])
    }

    @Test func hebrewBeginsAtTheRight() throws {
        let first = columns(try draw("\u{05E9}"))
        let word = columns(try draw("\u{05E9}\u{05DC}\u{05D5}\u{05DD}"))
        #expect(Array(word.suffix(first.count)) == first)
        #expect(Array(word.prefix(first.count)) != first)
    }

    @Test func arabicLettersAreJoined() throws {
        let alone = columns(try draw("\u{0628}")).count
        let joined = columns(try draw("\u{0628}\u{0628}\u{0628}"))
        #expect(joined.count < 3 * alone * 9 / 10)
        #expect(joined.allSatisfy { $0 > 0 }, "there is a gap between the letters")
    }

    @Test func anAccentSitsOnItsLetter() throws {
        // As one code point and as two it is the same letter.
        #expect(try draw("e\u{0301}") == draw("\u{00E9}"))
    }

    @Test(arguments: [
        "A very long name that has no end at all",
        "\u{05E9}\u{05DC}\u{05D5}\u{05DD} \u{05E9}\u{05DC}\u{05D5}\u{05DD} \u{05E9}\u{05DC}\u{05D5}\u{05DD}",
    ])
    func whatIsTooLongEndsInAnEllipsis(text: String) throws {
        let whole = try draw(text)
        let short = try draw(text, width: 200)
        #expect(short.width <= 210 && short.width > 120 && whole.width > 250)
        #expect(short.height == whole.height)
        // The three dots are at the end: at the right, or at the left where one reads to there.
        let isRightToLeft = text.unicodeScalars.first?.value ?? 0 > 0x500
        let dots = columns(try draw("…"))
        let edge = isRightToLeft ? columns(short).prefix(8) : columns(short).suffix(8)
        #expect(edge.max() ?? .max <= (dots.max() ?? 0) + 255)
    }

    @Test func labelsOfOneSizeHaveOneHeight() throws {
        let heights = Set(
            try ["x", "Ég", "Zoë Müßig", "\u{05E9}\u{05DC}\u{05D5}\u{05DD}"].map { try draw($0).height })
        #expect(heights.count == 1)
    }

    @Test func stackedAccentsEnd() throws {
        let line = try draw("x").height
        let tower = try draw("x" + String(repeating: "\u{0301}\u{0323}", count: 200))
        #expect(tower.height <= 3 * line)
    }

    @Test func anyTextIsOneLine() throws {
        let line = try draw("ab c").height
        for text in ["a\nb", "a\u{2028}b", "a\r\n\tb", "a\0b", "a\u{2029}b"] {
            #expect(try draw(text).height == line, "\(text.debugDescription)")
        }
        #expect(renderer.bitmap("", size: Self.size, width: 100) == nil)
        #expect(renderer.bitmap("\n \n", size: Self.size, width: 100) == nil)
        _ = renderer.bitmap(String(repeating: "𒐫\u{202E}", count: 100_000), size: Self.size, width: 300)
        _ = renderer.bitmap("x", size: Self.size, width: 0)
        _ = renderer.bitmap("x", size: .max, width: .max)
    }

    private static func isInstalled(_ font: String) -> Bool {
        let folders = ["/usr/share/fonts/truetype/noto/", "/usr/share/fonts/opentype/noto/"]
        return folders.contains { FileManager.default.fileExists(atPath: $0 + font) }
    }

    @Test(.enabled(if: isInstalled("NotoColorEmoji.ttf"), "needs the package fonts-noto-color-emoji"))
    func emojiHaveTheirColours() throws {
        let party = try draw("🎉")
        let colourful = stride(from: 0, to: party.pixels.count, by: 4).count { at in
            let color = party.pixels[at..<at + 3]
            return party.pixels[at + 3] > 200 && (color.max() ?? 0) - (color.min() ?? 0) > 80
        }
        #expect(colourful > 50)
    }

    @Test(.enabled(if: isInstalled("NotoSansDevanagari-Regular.ttf"), "needs the package fonts-noto-core"))
    func devanagariIsShaped() throws {
        // क्ष is one sign, not क, a stroke below and ष.
        let parts = columns(try draw("\u{0915}")).count + columns(try draw("\u{0937}")).count
        #expect(columns(try draw("\u{0915}\u{094D}\u{0937}")).count < parts * 9 / 10)
    }
}

package import Archive
import Media

/// The chat of a meeting as subtitles (WebVTT).
package enum ChatSidecar {
    /// How each file begins. The comment (WebVTT §4.1, "NOTE") says whose it is.
    private static let head = "WEBVTT\n\nNOTE Chat of a meeting, written by Convene\n\n"
    /// Bytes from the beginning of a file by which ``isOurs(_:)`` can tell.
    package static let headLength = head.utf8.count

    /// Whether a file that begins with these bytes was written by Convene.
    package static func isOurs(_ bytes: [UInt8]) -> Bool { bytes.starts(with: head.utf8) }

    /// How long a line is shown, microseconds.
    private static let duration: Int64 = 6_000_000

    /// `OUT.vtt` for `OUT.mp4`.
    static func path(beside film: String) -> String {
        let name = film.lastIndex(of: "/").map { film[film.index(after: $0)...] } ?? film[...]
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return film + ".vtt" }
        return film[..<dot] + ".vtt"
    }

    /// The file's text, or `nil` where nothing was written in `range`, microseconds of the meeting.
    package static func text(_ chat: [ChatLine], range: Range<Int64>) -> String? {
        let cues = chat.filter { range.contains($0.time) }.map { line in
            let start = line.time - range.lowerBound
            let end = min(start + duration, range.upperBound - range.lowerBound)
            return "\(stamp(start)) --> \(stamp(max(end, start + 1000)))\n"
                + "<v \(escaped(line.name).filter { $0 != ">" })>\(escaped(line.text))\n"
        }
        return cues.isEmpty ? nil : head + cues.joined(separator: "\n")
    }

    /// `1:02:03.456` with two digits for hours.
    private static func stamp(_ microseconds: Int64) -> String {
        let milliseconds = microseconds / 1000
        let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
        let (seconds, rest) = (milliseconds / 1000 % 60, milliseconds % 1000)
        let three = String(repeating: "0", count: max(0, 3 - "\(rest)".count)) + "\(rest)"
        return [hours, minutes, seconds].map(ClockTime.two).joined(separator: ":") + "." + three
    }

    /// A line of a cue: no markup, no line that could end the cue.
    private static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case _ where character.isNewline: " "
            default: String(character)
            }
        }.joined()
    }
}

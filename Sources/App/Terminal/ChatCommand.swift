/// What a line that a person has typed asks for. Pure.
package enum ChatCommand: Sendable, Hashable {
    /// A line of chat.
    case say(String)
    /// The list of commands.
    case help
    /// The microphone off or on.
    case microphone
    /// The camera off or on.
    case camera
    /// The loudspeaker off or on.
    case sound
    /// Leaving.
    case quit
    /// A command that there is not: it is not sent to everybody.
    case unknown(String)
    /// Nothing.
    case nothing

    /// The commands for people.
    package static let list = """
        /mute    your microphone off and on
        /camera  your camera off and on
        /sound   the loudspeaker off and on
        /quit    leave
        Everything else that you type is sent to everybody; //x says /x.
        """

    /// The command of a line.
    package init(_ line: String) {
        let text = line.trimmingPrefix { $0.isWhitespace }
        guard text.first == "/" else {
            self = text.isEmpty ? .nothing : .say(String(text))
            return
        }
        let word = text.prefix { !$0.isWhitespace }
        switch word.lowercased() {
        case "/help", "/?": self = .help
        case "/mute", "/m": self = .microphone
        case "/camera", "/v": self = .camera
        case "/sound", "/s": self = .sound
        case "/quit", "/q": self = .quit
        case let word where word.hasPrefix("//"): self = .say(String(text.dropFirst()))
        default: self = .unknown(String(word))
        }
    }
}

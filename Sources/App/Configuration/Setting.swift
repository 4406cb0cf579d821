import Media

/// One key of the configuration: where it stands, what it may be, what it is by default.
struct Setting: Sendable {
    /// What values a key takes.
    enum Kind: Sendable {
        case integer(ClosedRange<Int>)
        /// A number of bytes: a whole number, or a text such as `20G`.
        case bytes(ClosedRange<Int>)
        /// Bits a second: a whole number, or a text such as `2500k`.
        case bitRate(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case flag
        case text
        /// A text that is not empty.
        case filledText
        case choice([String])

        /// For messages: `a whole number from 1 to 10`.
        var description: String {
            switch self {
            case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .bytes(let range):
                "a number of bytes from \(range.lowerBound) to \(range.upperBound), or a text such as \"20G\""
            case .bitRate(let range):
                "bits a second from \(range.lowerBound) to \(range.upperBound), or a text such as \"2500k\""
            case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
            case .flag: "true or false"
            case .text: "a text"
            case .filledText: "a text that is not empty"
            case .choice(let values): "one of " + values.map { "\"\($0)\"" }.joined(separator: ", ")
            }
        }
    }

    /// A value of any kind.
    enum Value: Sendable, Hashable {
        case integer(Int)
        case number(Double)
        case flag(Bool)
        case text(String)
    }

    /// Path of the key, for instance `server.port`.
    let key: String
    let kind: Kind
    let standard: Value

    /// The key's environment variable, for instance `CONVENE_SERVER_PORT`.
    var environmentVariable: String {
        var name = "CONVENE_"
        for character in key {
            if character == "." {
                name.append("_")
            } else {
                if character.isUppercase { name.append("_") }
                name.append(character.uppercased())
            }
        }
        return name
    }

    /// `value` in the kind that the setting has, or `nil` where it is of another or out of range.
    func accepted(_ value: Value) -> Value? {
        switch (kind, value) {
        case (.integer(let range), .integer(let number)): range.contains(number) ? value : nil
        case (.bytes(let range), .integer(let number)), (.bitRate(let range), .integer(let number)):
            range.contains(number) ? value : nil
        case (.bytes, .text(let text)):
            ByteSize.parse(text).flatMap { Int(exactly: $0) }.flatMap { accepted(.integer($0)) }
        case (.bitRate, .text(let text)): BitRate.parse(text).flatMap { accepted(.integer($0)) }
        case (.number(let range), .integer(let number)):
            range.contains(Double(number)) ? .number(Double(number)) : nil
        case (.number(let range), .number(let number)): range.contains(number) ? value : nil
        case (.flag, .flag), (.text, .text): value
        case (.filledText, .text(let text)): text.isEmpty ? nil : value
        case (.choice(let choices), .text(let text)): choices.contains(text) ? value : nil
        default: nil
        }
    }

    /// The value that the text of an environment variable means, or `nil` where it is not of the setting's kind.
    func parsed(_ text: String) -> Value? {
        switch kind {
        case .integer: Int(text).flatMap { accepted(.integer($0)) }
        case .number: Double(text).flatMap { accepted(.number($0)) }
        case .flag: Bool(text).map { .flag($0) }
        case .text, .filledText, .choice, .bytes, .bitRate: accepted(.text(text))
        }
    }
}

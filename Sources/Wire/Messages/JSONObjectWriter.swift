/// Writes one JSON object (RFC 8259) field by field, in the order of the calls. Cannot fail.
struct JSONObjectWriter {
    private var text = "{"

    /// The whole object.
    consuming func finish() -> String { text + "}" }

    mutating func write(_ field: MessageField, _ value: String?) {
        guard let value else { return }
        key(field)
        Self.quote(value, into: &text)
    }

    mutating func write(_ field: MessageField, _ value: some BinaryInteger) {
        key(field)
        text += "\(value)"
    }

    mutating func write(_ field: MessageField, _ value: Bool) {
        key(field)
        text += value ? "true" : "false"
    }

    /// Not-a-number and infinity, which JSON does not have, are written as 0.
    mutating func write(_ field: MessageField, _ value: Double) {
        key(field)
        guard value.isFinite else { return text += "0" }
        if let whole = Int32(exactly: value) { text += "\(whole)" } else { text += "\(value)" }
    }

    mutating func write(_ field: MessageField, _ values: [some BinaryInteger]) {
        key(field)
        text += "[" + values.map { "\($0)" }.joined(separator: ",") + "]"
    }

    mutating func write(_ field: MessageField, _ body: (inout JSONObjectWriter) -> Void) {
        key(field)
        var inner = JSONObjectWriter()
        body(&inner)
        text += inner.finish()
    }

    private mutating func key(_ field: MessageField) {
        if text.utf8.count > 1 { text += "," }
        text += "\"\(field.rawValue)\":"
    }

    private static func quote(_ value: String, into text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    let hex = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}

/// Writes metrics in Prometheus' text format, version 0.0.4.
enum PrometheusText {
    /// The format's media type.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The text of all `families`, in their order.
    static func encode(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families {
            text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            for sample in family.samples {
                text += family.name + sample.suffix
                if !sample.labels.isEmpty {
                    let labels = sample.labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
                    text += "{" + labels.joined(separator: ",") + "}"
                }
                text += " \(number(sample.value))\n"
            }
        }
        return text
    }

    /// A number as the format wants it: whole ones without a point.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return "\(value)"
    }

    /// `name` with what a metric's or label's name may not contain replaced by `_`.
    static func name(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            let isLetter = scalar.isASCII && (scalar.properties.isAlphabetic || scalar == "_")
            let isDigit = ("0"..."9").contains(scalar)
            if isDigit && result.isEmpty { result += "_" }
            if isLetter || isDigit { result.unicodeScalars.append(scalar) } else { result += "_" }
        }
        return result.isEmpty ? "_" : result
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

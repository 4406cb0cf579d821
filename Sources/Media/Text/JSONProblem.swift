/// What is wrong with JSON, and where, in words for people: no names of types, line and column where they are known.
public enum JSONProblem {
    /// Describes an error of `JSONDecoder`. No point at its end.
    /// - Parameter bytes: what was decoded.
    public static func text(_ error: any Error, in bytes: [UInt8]) -> String {
        guard let error = error as? DecodingError else { return foreign(error) }
        switch error {
        case .dataCorrupted(let context):
            if context.codingPath.isEmpty, let place = JSONSyntax.problem(bytes) {
                return "line \(place.line), column \(place.column): \(place.reason)"
            }
            return at(context.codingPath) + sentence(context.debugDescription)
        case .keyNotFound(let key, let context):
            return at(context.codingPath) + "\"\(key.stringValue)\" is missing"
        case .valueNotFound(_, let context): return at(context.codingPath) + "is null"
        case .typeMismatch(let type, let context):
            return at(context.codingPath) + "is no \(word(type))"
        @unknown default: return "it cannot be understood"
        }
    }

    private static func at(_ path: [any CodingKey]) -> String {
        var text = ""
        for key in path {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return text.isEmpty ? "" : text + ": "
    }

    private static func word(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "whole number that fits"
        case is any BinaryFloatingPoint.Type: "number"
        default: "value of the right kind"
        }
    }

    private static func foreign(_ error: any Error) -> String {
        (error as? any CustomStringConvertible & Error).map { sentence("\($0)") } ?? "it cannot be read"
    }

    private static func sentence(_ text: String) -> String {
        var text = text[...]
        while text.hasSuffix(".") { text = text.dropLast() }
        return String(text)
    }
}

private import FoundationEssentials
import NIOCore

/// Reads the JSON text of control messages.
enum ControlParser {
    /// The message in `json`.
    /// - Throws: `bad_message`, naming the field where the text does not fit.
    static func parse<Message: Decodable>(_ type: Message.Type, _ json: ByteBuffer) throws(WireError)
        -> Message
    {
        do {
            return try JSONDecoder().decode(type, from: Data(json.readableBytesView))
        } catch let error as WireError {
            throw error
        } catch let error as DecodingError {
            throw WireError(.badMessage, describe(error))
        } catch {
            throw WireError(.badMessage, "A control message is not a JSON object.")
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "A control message lacks the field \(path(context.codingPath + [key]))."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.isEmpty
                ? "A control message is not a JSON object."
                : "A control message has a value of the wrong type in \(path(context.codingPath))."
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "A control message is not a JSON object, or a number in it is out of range."
                : "A control message has an impossible value in \(path(context.codingPath))."
        @unknown default:
            "A control message is not a JSON object."
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        String(keys.map(\.stringValue).joined(separator: ".").prefix(100))
    }
}

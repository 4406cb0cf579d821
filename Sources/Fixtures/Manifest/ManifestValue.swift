import FoundationEssentials

/// Any JSON value.
indirect enum ManifestValue: Decodable, Sendable, Hashable {
    case object([String: ManifestValue])
    case list([ManifestValue])
    case text(String)
    case integer(Int)
    case number(Double)
    case flag(Bool)
    case null

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: Key.self) {
            var members: [String: ManifestValue] = [:]
            for key in container.allKeys {
                members[key.stringValue] = try container.decode(ManifestValue.self, forKey: key)
            }
            self = .object(members)
        } else if var container = try? decoder.unkeyedContainer() {
            var items: [ManifestValue] = []
            while !container.isAtEnd { items.append(try container.decode(ManifestValue.self)) }
            self = .list(items)
        } else {
            self = try Self.scalar(try decoder.singleValueContainer())
        }
    }

    private static func scalar(_ container: any SingleValueDecodingContainer) throws -> ManifestValue {
        if container.decodeNil() { return .null }
        if let flag = try? container.decode(Bool.self) { return .flag(flag) }
        if let number = try? container.decode(Int.self) { return .integer(number) }
        if let number = try? container.decode(Double.self) { return .number(number) }
        return .text(try container.decode(String.self))
    }

    /// For messages: a scalar as it stands in the file, what holds others by its kind.
    var shown: String {
        switch self {
        case .object: "an object"
        case .list: "a list"
        case .text(let text): "\"\(text)\""
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .null: "null"
        }
    }
}

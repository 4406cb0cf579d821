/// A value of a manifest that knows where it stands, so that whatever is wrong with it can be named.
struct ManifestNode {
    let file: String
    /// Path of the value, for instance `fixtures[2].expect.duration`; empty for the whole.
    let path: String
    let value: ManifestValue

    private func child(_ key: String, _ value: ManifestValue) -> ManifestNode {
        ManifestNode(file: file, path: path.isEmpty ? key : "\(path).\(key)", value: value)
    }

    /// The error that this value is not what is `allowed`.
    func invalid(_ allowed: String) -> ManifestError {
        .invalid(file: file, key: path.isEmpty ? "The whole" : path, value: value.shown, allowed: allowed)
    }

    /// The members of an object that may hold `known` keys only.
    func members(_ known: [String]) throws(ManifestError) -> [String: ManifestNode] {
        let members = try members("an object with \(known.joined(separator: ", "))")
        for key in members.keys.sorted() where !known.contains(key) {
            throw .unknownKey(file: file, key: members[key]?.path ?? key, known: known)
        }
        return members
    }

    /// The members of an object with keys of any name.
    func members(_ allowed: String) throws(ManifestError) -> [String: ManifestNode] {
        guard case .object(let members) = value else { throw invalid(allowed) }
        var nodes: [String: ManifestNode] = [:]
        for (key, value) in members { nodes[key] = child(key, value) }
        return nodes
    }

    /// The error that the member `key` of this object is missing.
    func missing(_ key: String, _ allowed: String) -> ManifestError {
        .missing(file: file, key: path.isEmpty ? key : "\(path).\(key)", allowed: allowed)
    }

    func items(_ allowed: String) throws(ManifestError) -> [ManifestNode] {
        guard case .list(let items) = value else { throw invalid(allowed) }
        return items.enumerated().map { index, value in
            ManifestNode(file: file, path: "\(path)[\(index)]", value: value)
        }
    }

    func text(_ allowed: String) throws(ManifestError) -> String {
        guard case .text(let text) = value, !text.isEmpty else { throw invalid(allowed) }
        return text
    }

    func flag() throws(ManifestError) -> Bool {
        guard case .flag(let flag) = value else { throw invalid("true or false") }
        return flag
    }

    func integer(_ range: ClosedRange<Int>) throws(ManifestError) -> Int {
        guard case .integer(let number) = value, range.contains(number) else {
            throw invalid(
                range.upperBound == .max
                    ? "a whole number from \(range.lowerBound) on"
                    : "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func number(_ range: ClosedRange<Double>) throws(ManifestError) -> Double {
        let number: Double? =
            switch value {
            case .integer(let number): Double(number)
            case .number(let number): number
            default: nil
            }
        guard let number, range.contains(number) else {
            throw invalid("a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func text(among choices: [String]) throws(ManifestError) -> String {
        let allowed = "one of " + choices.map { "\"\($0)\"" }.joined(separator: ", ")
        guard case .text(let text) = value, choices.contains(text) else { throw invalid(allowed) }
        return text
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type
    ) throws(ManifestError) -> Choice where Choice.RawValue == String {
        let text = try text(among: Choice.allCases.map(\.rawValue))
        guard let choice = Choice(rawValue: text) else { throw invalid("one of its kind") }
        return choice
    }
}

extension [ManifestNode] {
    /// What `body` makes of each.
    func mapNodes<Result>(
        _ body: (ManifestNode) throws(ManifestError) -> Result
    ) throws(ManifestError) -> [Result] {
        var results: [Result] = []
        for node in self { results.append(try body(node)) }
        return results
    }
}

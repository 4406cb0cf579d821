import Wire

/// Gives out the participant identifiers of one meeting; none is given out twice.
package struct ParticipantNames {
    private var used: Set<String> = []
    private var nextNumber: [String: Int] = [:]

    /// No identifier given out yet.
    package init() {}

    /// The identifier for somebody of this name: its slug, with `-2`, `-3`, … where that was given out before.
    package mutating func identifier(for name: String) -> String {
        let slug = NameRules.slug(of: name)
        if used.insert(slug).inserted { return slug }
        var number = nextNumber[slug] ?? 2
        while !used.insert("\(slug)-\(number)").inserted { number += 1 }
        nextNumber[slug] = number + 1
        return "\(slug)-\(number)"
    }
}

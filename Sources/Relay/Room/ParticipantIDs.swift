import Wire

/// Gives out the participant identifiers of one meeting; none is given out twice.
///
/// Its memory is bounded: identifiers are remembered up to a number that no honest meeting reaches. Beyond it each gets a
/// number that no earlier one has, so that none need be remembered.
package struct ParticipantIDs {
    private let maximum: Int
    private var used: Set<String> = []
    /// Of those who left for good.
    private var retired: Set<String> = []
    private var nextNumber: [String: Int] = [:]
    /// The number of the next identifier once no more are remembered: above those that people choose.
    private var nextUnremembered = 1_000_000

    /// No identifier given out yet.
    /// - Parameter maximum: how many are remembered.
    package init(maximum: Int = 20_000) { self.maximum = maximum }

    /// Identifiers that are remembered.
    package var count: Int { used.count }

    /// Takes note that `identifier` is somebody's already.
    package mutating func reserve(_ identifier: String) { used.insert(identifier) }

    /// Takes note that `identifier` is nobody's any more: its owner has left for good.
    package mutating func retire(_ identifier: String) {
        if retired.count < maximum { retired.insert(identifier) }
    }

    /// Whether the owner of `identifier` has left for good. Where no more are remembered, everybody counts as somebody who has.
    package func isRetired(_ identifier: String) -> Bool {
        retired.count >= maximum || retired.contains(identifier)
    }

    /// The identifier for somebody of this name: its slug, with `-2`, `-3`, … where that was given out before.
    package mutating func identifier(for name: String) -> String {
        let slug = NameRules.slug(of: name)
        guard used.count < maximum else { return unremembered(slug) }
        if used.insert(slug).inserted { return slug }
        var number = nextNumber[slug] ?? 2
        while !used.insert("\(slug)-\(number)").inserted { number += 1 }
        nextNumber[slug] = number + 1
        return "\(slug)-\(number)"
    }

    private mutating func unremembered(_ slug: String) -> String {
        while true {
            defer { nextUnremembered += 1 }
            let identifier = "\(slug)-\(nextUnremembered)"
            if !used.contains(identifier) { return identifier }
        }
    }
}

/// Numbers of things, for people.
package enum Counted {
    /// `1 room`, `2 rooms`.
    package static func text(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}

/// Names of fixtures and renditions: parts of paths in the folders of outputs and golden frames.
enum FixtureName {
    static let partRule = "a name of letters, digits, \"-\", \"_\" and \".\" that does not begin with \".\""
    static let rule = "names of letters, digits, \"-\", \"_\" and \".\", with \"/\" between them"
    private static let maximumLength = 128

    static func isPart(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.count <= maximumLength && text.first != "."
            && text.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || $0.properties.numericType != nil
                    || "-_. ".unicodeScalars.contains($0)
            }
    }

    static func isName(_ text: String) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { isPart($0) }
    }

    /// What a fixture is called after its path: without what leads out of the manifest's folder, and with `_` for what
    /// has no place in a name.
    static func derived(from path: String) -> String {
        let parts = path.split(separator: "/").filter { $0 != ".." && $0 != "." }
        let clean = parts.map { part -> String in
            let scalars = part.unicodeScalars.map { isPart("a\($0)") ? Character($0) : "_" }
            let text = String(scalars)
            return text.hasPrefix(".") ? "_" + text.dropFirst() : text
        }
        return clean.joined(separator: "/")
    }
}

@_spi(_Unicode) import Swift

/// Names that are safe as a file's, on every system and in archives that are carried between them.
package enum FileName {
    /// What is not a letter of ASCII, a digit, `.`, `_` or `-` becomes `_`: the name of a room's folder.
    package static func safe(_ text: String) -> String {
        let safe = text.unicodeScalars.prefix(64).map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isPlain || scalar == "-" || scalar == "_" || scalar == "." ? Character(scalar) : "_"
        }
        let name = String(safe)
        return name.isEmpty || name.hasPrefix(".") ? "_" + name.dropFirst() : name
    }

    /// How the names of somebody's files begin: the identifier, or the name where that has letters which the identifier could
    /// not keep (`zoë-müßig`).
    package static func person(id: String, name: String) -> String {
        guard name.unicodeScalars.contains(where: { !$0.isASCII && isLetter($0) }) else { return id }
        let kept = words(name, bytes: personBytes)
        return kept.isEmpty ? id : kept
    }

    /// The same of a source, for instance `camera`.
    package static func source(_ source: String) -> String { String(safe(source).prefix(sourceBytes)) }

    // 48 and 32, with dashes, a number and `.mp4`, stay below 100 bytes.
    private static let (personBytes, sourceBytes) = (48, 32)

    /// Letters and digits of every script, in lower case and composed (NFC), with `-` for what is between them. Neither a dot
    /// nor anything that a file system, a shell or a reader's eye takes for something else.
    private static func words(_ text: String, bytes: Int) -> String {
        var composed = String.UnicodeScalarView()
        // The standard library composes, but has no public name for it yet.
        for scalar in text.lowercased()._nfc {
            if isLetter(scalar) {
                composed.append(scalar)
            } else if let last = composed.last, last != "-" {
                composed.append("-")
            }
        }
        var name = ""
        for character in String(composed) where name.utf8.count + character.utf8.count <= bytes {
            name.append(character)
        }
        while name.hasSuffix("-") { name.removeLast() }
        return name
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .nonspacingMark,
            .spacingMark, .decimalNumber, .letterNumber:
            true
        default: false
        }
    }
}

/// How the names of the files of a meeting's participants begin: each another way.
struct FileStems {
    private var stems: [String: String] = [:]
    private var taken: Set<String> = []

    /// The one of the participant `id`, the same each time.
    mutating func stem(of id: String, name: String) -> String {
        if let known = stems[id] { return known }
        let wanted = FileName.person(id: id, name: name)
        var stem = wanted
        var number = 1
        while !taken.insert(stem).inserted {
            number += 1
            stem = "\(wanted)-\(number)"
        }
        stems[id] = stem
        return stem
    }
}

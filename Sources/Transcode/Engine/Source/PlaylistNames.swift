/// The files that a playlist names (RFC 8216 §4.1, §4.3.2.5).
enum PlaylistNames {
    private static let map = "#EXT-X-MAP:"
    private static let address = "URI=\""

    /// The names in the order of the playlist: that of the initialisation segment, and the segments'.
    static func of(_ playlist: String) -> [String] {
        playlist.split(whereSeparator: \.isNewline).compactMap { line -> String? in
            guard line.hasPrefix("#") else { return String(line) }
            guard line.hasPrefix(map), let start = line.firstRange(of: address)?.upperBound,
                let end = line[start...].firstIndex(of: "\"")
            else { return nil }
            return String(line[start..<end])
        }
    }
}

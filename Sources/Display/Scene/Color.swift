/// A colour of the scene, and how much it covers.
struct Color: Sendable, Hashable {
    /// 0 to 255 each.
    var red: UInt8
    var green: UInt8
    var blue: UInt8
    /// 255 covers wholly.
    var alpha: UInt8 = 255

    static let background = Color(red: 17, green: 19, blue: 24)
    static let tile = Color(red: 34, green: 37, blue: 45)
    static let text = Color(red: 240, green: 242, blue: 245)
    static let dimText = Color(red: 190, green: 196, blue: 206)
    static let strip = Color(red: 0, green: 0, blue: 0, alpha: 150)
    static let panel = Color(red: 10, green: 11, blue: 14, alpha: 235)
    static let shade = Color(red: 8, green: 9, blue: 12, alpha: 165)
    static let recording = Color(red: 235, green: 60, blue: 60)
    static let meter = Color(red: 90, green: 200, blue: 110)
    static let alert = Color(red: 190, green: 50, blue: 50, alpha: 230)
    static let progress = Color(red: 92, green: 160, blue: 255, alpha: 230)

    /// Calm tile colours for participants without a picture.
    private static let palette = [
        Color(red: 44, green: 62, blue: 92), Color(red: 72, green: 52, blue: 88),
        Color(red: 38, green: 76, blue: 76), Color(red: 92, green: 62, blue: 48),
        Color(red: 54, green: 78, blue: 52), Color(red: 88, green: 50, blue: 66),
    ]

    /// The same colour for the same id, on every machine.
    static func tile(of participant: String) -> Color {
        let hash = participant.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return palette[Int(hash >> 8) % palette.count]
    }
}

/// How large the texts of a tile are, in the window and in an export alike. All numbers are pixels.
public enum TileText {
    /// Height of the letters on the strip of a tile of that height.
    public static func stripSize(height: Int) -> Int { min(max(height / 18, 13), 30) }
    /// The most that the strip's text takes of a tile of that width.
    public static func stripRoom(width: Int, size: Int) -> Int { max(width - 4 * size, 0) }
    /// Distance from a strip with letters of `size` to the tile's lower left corner.
    public static func margin(size: Int) -> Int { size * 2 / 3 }
    /// Height of the letters of a name that stands for a picture.
    public static func nameSize(height: Int) -> Int { min(max(height / 8, 12), 96) }
    /// The most that such a name takes of a tile of that width.
    public static func nameRoom(width: Int) -> Int { width * 7 / 8 }
}

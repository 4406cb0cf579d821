/// What comes to a rendition's thread.
enum RenditionItem: Sendable {
    /// A decoded picture, still in the source's size.
    case picture(Picture)
    /// An encoded stretch of sound, and the number of its track among the rendition's sounds.
    case sound(SoundPacket, Int)
}

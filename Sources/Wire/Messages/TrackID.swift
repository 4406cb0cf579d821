/// The number of a track, unique within its room as long as the room exists.
///
/// The server assigns it, the publisher writes it into every media frame.
public struct TrackID: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number on the wire; 1 and up.
    public let rawValue: UInt32

    /// The track of that number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Earlier tracks of a room before later ones.
    public static func < (left: TrackID, right: TrackID) -> Bool { left.rawValue < right.rawValue }

    /// The number in decimal.
    public var description: String { "\(rawValue)" }
}

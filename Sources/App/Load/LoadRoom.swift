/// What everybody in one room has in common. Confined to the load's event loop.
final class LoadRoom {
    let name: String
    /// The tracks that the load itself publishes there, by their numbers.
    var tracks: [UInt32: LoadTrack] = [:]

    init(name: String) { self.name = name }
}

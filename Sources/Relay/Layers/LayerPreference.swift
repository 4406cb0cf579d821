import Wire

/// How high the pictures are that one subscriber shows, as it has said with `subscribe`.
struct LayerPreference {
    private var general: Int?
    private var particular: [TrackID: Int?] = [:]

    /// Whether it knows layers of any track.
    var knowsLayers: Bool { general != nil || particular.contains { $0.value != nil } }

    /// Takes what a `subscribe` says: `height` is `nil` for who does not know layers.
    mutating func set(_ height: Int?, for tracks: [TrackID]?) {
        if let tracks {
            for track in tracks { particular.updateValue(height, forKey: track) }
        } else {
            general = height
            particular = [:]
        }
    }

    /// The greatest height at which the pictures of `track` are shown; `nil` where they may only come in full size.
    func maximumHeight(of track: TrackID) -> Int? { particular[track] ?? general }

    /// Forgets a track that has ended.
    mutating func forget(_ track: TrackID) { particular[track] = nil }
}

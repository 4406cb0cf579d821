import Wire

/// Which numbers on the wire are sizes of which track, and which size comes at present. Confined to the connection's event
/// loop. A subscriber sees one track, whatever size its packets have.
struct ReceivedLayers {
    private var tops: [TrackID: TrackID] = [:]
    private var current: [TrackID: TrackID] = [:]

    /// The track that packets with this number belong to.
    func top(of number: TrackID) -> TrackID { tops[number] ?? number }

    /// The number under which the packets of a track come at present.
    func number(of top: TrackID) -> TrackID {
        // One that came before a break may not be told again.
        guard let number = current[top], self.top(of: number) == top else { return top }
        return number
    }

    /// All numbers of a track.
    func numbers(of top: TrackID) -> [TrackID] { [top] + tops.filter { $0.value == top }.keys }

    /// The connection broke: the server will tell all layers anew. Which size came last stays known, so that another one
    /// behind the break is no gap.
    mutating func expectAll() { tops = [:] }

    mutating func add(_ layer: TrackID, of top: TrackID) { tops[layer] = top }

    mutating func remove(_ layer: TrackID) {
        guard let top = tops.removeValue(forKey: layer), current[top] == layer else { return }
        current[top] = nil
    }

    /// Forgets a track that ended, with its layers.
    mutating func removeTrack(_ top: TrackID) {
        tops = tops.filter { $0.value != top }
        current[top] = nil
    }

    /// Takes note of a packet.
    /// - Returns: whether the one before was of another size.
    mutating func note(_ number: TrackID) -> Bool {
        let top = top(of: number)
        return current.updateValue(number, forKey: top).map { $0 != number } ?? false
    }
}

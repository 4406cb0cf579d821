public import Wire

/// What became of the packets that a publisher sent.
public struct PublishStatistics: Sendable {
    /// Counters of one track.
    public struct Track: Sendable, Hashable {
        /// Packets sent or waiting to be sent.
        public internal(set) var sent = 0
        /// Packets left out: the network is too slow, or their time stamps break the protocol's rules.
        public internal(set) var dropped = 0
    }

    /// The tracks that are published at present.
    public let tracks: [TrackID: Track]
    /// Bytes of media that wait to be sent.
    public let queuedBytes: Int
}

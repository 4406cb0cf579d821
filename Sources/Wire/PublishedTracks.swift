import Media

/// The tracks that one participant publishes, as far as what may come of them depends on what came. Pure.
///
/// Outlives a connection that breaks: the session that continues it goes on where it ended.
public struct PublishedTracks: Sendable {
    private struct Track: Sendable {
        let kind: MediaKind
        let maximumOffset: Int64
        let times: ClosedRange<Int64>
        var lastDTS: Int64?
        /// Packets were lost with a connection: what comes before the next keyframe cannot be decoded.
        var awaitsKeyframe = false

        init(_ description: TrackDescription) {
            func ticks(_ seconds: Int64) -> Int64 {
                TimeBase.microseconds.rescale(seconds * 1_000_000, to: description.timeBase)
            }
            kind = description.kind
            maximumOffset = ticks(Int64(WireLimits.maximumReorderingInSeconds))
            let latest = min(WireLimits.maximumTime, ticks(WireLimits.maximumTrackTimeInSeconds))
            times = -latest...latest
        }
    }

    private var tracks: [TrackID: Track] = [:]

    /// No track.
    public init() {}

    /// How many there are.
    public var count: Int { tracks.count }

    /// Whether there is none.
    public var isEmpty: Bool { tracks.isEmpty }

    /// Whether `track` is one of them.
    public func contains(_ track: TrackID) -> Bool { tracks[track] != nil }

    mutating func add(_ track: TrackID, _ description: TrackDescription) {
        tracks[track] = Track(description)
    }

    /// - Returns: whether it was one of them.
    mutating func remove(_ track: TrackID) -> Bool { tracks.removeValue(forKey: track) != nil }

    /// The same tracks behind a break: each video track goes on at its next keyframe.
    func awaitingKeyframes() -> PublishedTracks {
        var copy = self
        for id in tracks.keys { copy.tracks[id]?.awaitsKeyframe = tracks[id]?.kind == .video }
        return copy
    }

    /// Checks a packet's header against what came before.
    /// - Returns: the kind of its track; `nil` where the packet is to be left out, because its track goes on at its next
    ///   keyframe.
    mutating func check(_ header: MediaHeader) throws(WireError) -> MediaKind? {
        guard var track = tracks[header.track] else {
            throw WireError(.unknownTrack, "Track \(header.track) is not one of your own.")
        }
        guard track.times.contains(header.dts) else {
            throw WireError(
                .badMedia, "Track \(header.track) has the DTS \(header.dts), beyond ±2^53 or ±10^9 s.")
        }
        if let last = track.lastDTS, header.dts <= last {
            throw WireError(
                .badMedia, "Track \(header.track) has the DTS \(header.dts) after \(last); it must increase.")
        }
        guard (0...track.maximumOffset).contains(Int64(header.ptsOffset)) else {
            throw WireError(
                .badMedia,
                "Track \(header.track) has PTS − DTS = \(header.ptsOffset); 0 to 10 seconds is allowed.")
        }
        track.lastDTS = header.dts
        if header.flags.contains(.keyframe) { track.awaitsKeyframe = false }
        tracks[header.track] = track
        return track.awaitsKeyframe ? nil : track.kind
    }

    /// Checks the PTS of a `clock` of one of the tracks.
    func check(clock pts: Int64, of id: TrackID) throws(WireError) {
        guard let track = tracks[id], !track.times.contains(pts) else { return }
        throw WireError(
            .badMedia, "The clock of track \(id) has the PTS \(pts), beyond ±2^53 or ±10^9 s.")
    }
}

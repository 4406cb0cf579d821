import Media

/// The tracks that one participant publishes, as far as what may come of them depends on what came. Pure.
///
/// Outlives a connection that breaks: the session that continues it goes on where it ended.
public struct PublishedTracks: Sendable {
    private struct Track: Sendable {
        let kind: MediaKind
        let maximumOffset: Int64
        let times: ClosedRange<Int64>
        let description: TrackDescription
        /// The track of which this is a smaller version.
        let top: TrackID?
        var lastDTS: Int64?
        /// Packets were lost with a connection: what comes before the next keyframe cannot be decoded.
        var awaitsKeyframe = false

        init(_ description: TrackDescription, top: TrackID?) {
            func ticks(_ seconds: Int64) -> Int64 {
                TimeBase.microseconds.rescale(seconds * 1_000_000, to: description.timeBase)
            }
            self.description = description
            self.top = top
            kind = description.kind
            maximumOffset = ticks(Int64(WireLimits.maximumReorderingInSeconds))
            let latest = min(WireLimits.maximumTime, ticks(WireLimits.maximumTrackTimeInSeconds))
            times = -latest...latest
        }
    }

    private var tracks: [TrackID: Track] = [:]
    /// Tracks of which a layer was offered that has no number yet.
    private var offered: Set<TrackID> = []

    /// No track.
    public init() {}

    /// How many there are.
    public var count: Int { tracks.count }

    /// Whether there is none.
    public var isEmpty: Bool { tracks.isEmpty }

    /// Whether `track` is one of them.
    public func contains(_ track: TrackID) -> Bool { tracks[track] != nil }

    /// Whether `track` is a smaller version of another one.
    func isLayer(_ track: TrackID) -> Bool { tracks[track]?.top != nil }

    mutating func add(_ track: TrackID, _ description: TrackDescription, layerOf top: TrackID? = nil) {
        if let top {
            offered.remove(top)
            // Unpublished while its layer was on the way.
            guard tracks[top] != nil else { return }
        }
        tracks[track] = Track(description, top: top)
    }

    /// Removes a track, and its layer with it.
    /// - Returns: whether it was one of them.
    mutating func remove(_ track: TrackID) -> Bool {
        guard tracks.removeValue(forKey: track) != nil else { return false }
        tracks = tracks.filter { $0.value.top != track }
        offered.remove(track)
        return true
    }

    /// Takes note of the offer of a layer of `top`, if there may be one.
    mutating func offer(layer description: TrackDescription, of top: TrackID) throws(WireError) {
        guard let track = tracks[top] else {
            throw WireError(.unknownTrack, "Track \(top) is not one of your own.")
        }
        guard track.top == nil, !offered.contains(top), !tracks.values.contains(where: { $0.top == top })
        else {
            throw WireError(
                .badTrack, "Track \(top) has a layer or is one; each track may have one smaller version.")
        }
        guard let large = track.description.video, let small = description.video,
            description.codec == track.description.codec,
            description.timeBase == track.description.timeBase,
            description.source == track.description.source,
            small.width <= large.width, small.height < large.height
        else {
            throw WireError(
                .badTrack,
                "A layer has the codec, time base and source of its track, and is lower; track \(top) differs."
            )
        }
        offered.insert(top)
    }

    /// Takes note that the layer of `top` that was offered gets no number: another one may be offered.
    mutating func withdrawOffer(of top: TrackID) { offered.remove(top) }

    /// The same tracks behind a break: each video track goes on at its next keyframe.
    func awaitingKeyframes() -> PublishedTracks {
        var copy = self
        copy.offered = []
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

import Archive
import Media

/// Has one track of a file decoded, and what is ready handed to the playout.
///
/// The feeder is never far ahead, which bounds the queue. Where this machine is too slow for the speed, pictures are left
/// out up to the next keyframe.
struct ReplayWorker: Sendable {
    /// Bytes of packets that wait at most.
    private static let capacity = 64 << 20

    private let decoder: RecordedTrackDecoder
    private let lane: DecodeLane

    init(_ decoder: RecordedTrackDecoder, pool: DecodePool) {
        self.decoder = decoder
        lane = DecodeLane(decoder, pool: pool, capacity: Self.capacity)
    }

    /// Takes one packet. Never blocks.
    /// - Parameter track: whose it is: that of the decoder, or the one of the next file that goes on with the same sound.
    func receive(_ packet: Packet, of track: ReplayTrack) {
        decoder.statistics.received(decoder.output)
        let packet = track.id == decoder.track.id ? packet : moved(packet, from: track)
        if !lane.put(packet) { decoder.statistics.droppedHere(decoder.output, packets: 1) }
    }

    /// A packet of another file with its time stamps as if it were in the decoder's.
    private func moved(_ packet: Packet, from track: ReplayTrack) -> Packet {
        func moved(_ ticks: Int64) -> Int64 {
            let meeting = track.meetingTime(of: ticks) &* 1000
            return TimeBase.nanoseconds.rescale(
                decoder.track.clock.mediaTime(ofMeeting: meeting), to: decoder.track.media.timeBase)
        }
        var packet = packet
        (packet.pts, packet.dts) = (moved(packet.pts), moved(packet.dts))
        return packet
    }

    /// Whether the sound of `track` can go on in the same decoder, which would be wrong for some packets if it started cold
    /// (RFC 7845 §4.6).
    func canGoOn(with track: ReplayTrack) -> Bool {
        let media = decoder.track.media
        return media.kind == .audio && track.media.kind == .audio
            && media.parameters.isSameSound(as: track.media.parameters)
            && media.timeBase == track.media.timeBase
    }

    /// Whether everything that it was given is decoded, or it has ended.
    var isIdle: Bool { lane.isIdle }

    /// No packet follows. What waits is decoded.
    func finish() { lane.close() }

    /// Ends it at once. Nothing of it reaches the playout any more when this returns.
    func cancel() {
        decoder.cancel()
        lane.close()
    }
}

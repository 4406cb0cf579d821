import Client
import Logging
import Media
import Wire

/// What every source of one publisher shares.
struct PublishContext: Sendable {
    let session: PublishSession
    /// The instant of time stamp 0 of all tracks.
    let origin: MonotonicTime
    let termination: Termination
    let keyframes: KeyframeRouter
    let counters: PublishCounters
    let logger: Logger
    let clock: MediaClock

    /// `instant` on a track's time line.
    func pts(_ instant: MonotonicTime, _ timeBase: TimeBase) -> Int64 {
        TimeBase.nanoseconds.rescale(instant - origin, to: timeBase)
    }

    /// Sends a packet of a layer, which is no picture of its own.
    func send(layer packet: Packet, on number: TrackID) {
        if !session.send(packet, on: number) { counters.update { $0.droppedByNetwork += 1 } }
    }

    func send(_ packet: Packet, on track: TrackID, kind: MediaKind) {
        let isSent = session.send(packet, on: track)
        counters.update { values in
            switch (isSent, kind) {
            case (false, _): values.droppedByNetwork += 1
            case (true, .video): values.videoPackets += 1
            case (true, .audio): values.audioPackets += 1
            }
        }
    }
}

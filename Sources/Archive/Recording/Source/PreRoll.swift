import Media

/// What a source has sent since its last keyframe, kept in memory so that a recording begins with a picture at once: while it is
/// not recorded, and while it is, for a stop and a start that follow one another.
///
/// Of each video track the GOP that lasts, of sound what was captured since the earliest of them began. Sound without
/// pictures can be decoded from any packet on, so nothing of it is kept. Bounded in age and in bytes: what exceeds a
/// bound is forgotten until the next keyframe. Pure: time is given.
struct PreRoll {
    private struct Entry {
        let track: UInt32
        let isVideo: Bool
        /// Nanoseconds of the source's time line.
        let time: Int64
        let packet: Packet
        /// Bytes that it keeps.
        let size: Int
    }

    private let maximumAge: Int64
    private let memory: MemoryBudget?
    private let charge: MemoryCharge?
    private var entries: [Entry] = []
    /// Of each video track, where its GOP begins and when that came.
    private var starts: [(track: UInt32, time: Int64, arrival: MonotonicTime)] = [] {
        // They change with a keyframe; what follows from them is asked for with each packet.
        didSet {
            (start, due) = (nil, nil)
            for (_, time, arrival) in starts {
                start = min(start ?? time, time)
                let end = arrival + (maximumAge + 1)
                due = min(due ?? end, end)
            }
        }
    }
    /// Nanoseconds of the source's time line at which it begins; `nil` where it is empty.
    private(set) var start: Int64?
    /// When it is too old, if nothing more comes; `nil` where it is empty.
    private(set) var due: MonotonicTime?
    /// Bytes that are kept.
    private(set) var bytes = 0
    private static let maximumPackets = 4096
    /// Bytes of memory that even an empty packet takes.
    private static let overhead = 128

    /// - Parameter seconds: of media; 0 keeps nothing.
    /// - Parameter memory: in which it is counted, and which may have no room for it.
    init(seconds: Double, memory: MemoryBudget? = nil) {
        maximumAge = Int64(seconds * 1e9)
        self.memory = memory
        charge = memory.map { MemoryCharge(.preRoll, budget: $0) }
    }

    /// Takes the next packet of a track.
    /// - Parameters:
    ///   - time: nanoseconds of the source's time line.
    ///   - limit: bytes that may be kept altogether.
    mutating func append(
        _ packet: Packet, track: UInt32, isVideo: Bool, time: Int64, limit: Int, now: MonotonicTime
    ) {
        guard maximumAge > 0 else { return }
        if isVideo, packet.isKeyframe {
            starts = starts.filter { $0.track != track } + [(track, time, now)]
            let earliest = start ?? time
            keep { other, isVideo, time in isVideo ? other != track : time >= earliest }
        }
        guard let start, isVideo ? starts.contains(where: { $0.track == track }) : time >= start else {
            return
        }
        let isOld = due.map { now >= $0 } ?? false
        let (count, retained) = (packet.payload.count, packet.payload.retainedBytes)
        // A part of a much larger network buffer would keep that, and is copied. Not otherwise: to copy all media costs as much
        // as to write it.
        let isPartOfMuch = retained > 2 * count + 4096
        let size = (isPartOfMuch ? count : retained) + Self.overhead
        guard !isOld, bytes + size <= limit, entries.count < Self.maximumPackets else { return removeAll() }
        entries.append(
            Entry(
                track: track, isVideo: isVideo, time: time,
                packet: isPartOfMuch ? packet.copied() : packet, size: size))
        bytes += size
        // Others are asked as seldom as they are told.
        if charge?.set(bytes) == true, memory?.hasRoom(for: .preRoll) == false { removeAll() }
    }

    /// Empties it if it is too old, whether anything comes or not.
    mutating func expire(now: MonotonicTime) { if let due, now >= due { removeAll() } }

    /// A track has ended.
    mutating func remove(_ track: UInt32) {
        starts.removeAll { $0.track == track }
        guard let start else { return removeAll() }
        keep { other, isVideo, time in other != track && (isVideo || time >= start) }
    }

    /// The packets in the order in which they came.
    var packets: [(track: UInt32, packet: Packet)] { entries.map { ($0.track, $0.packet) } }

    /// Forgets everything up to the next keyframe.
    mutating func removeAll() {
        entries = []
        starts = []
        bytes = 0
        charge?.set(0)
    }

    private mutating func keep(_ isWanted: (_ track: UInt32, _ isVideo: Bool, _ time: Int64) -> Bool) {
        var kept: [Entry] = []
        kept.reserveCapacity(entries.count)
        // Asks without the packets: to count references to what was used seconds ago takes longer than all the rest.
        for index in entries.indices
        where isWanted(entries[index].track, entries[index].isVideo, entries[index].time) {
            kept.append(entries[index])
        }
        entries = kept
        bytes = entries.reduce(0) { $0 + $1.size }
        charge?.set(bytes)
    }
}

import Container
import Glibc
import Media

/// Writes one file of a participant's source: fragmented MP4, a fragment at each keyframe and after a time.
///
/// Confined to the writer that runs its meeting. One packet of each track is held back, because only its successor says how long
/// it lasts.
final class SegmentWriter {
    /// One track of the file.
    final class Track {
        let id: UInt32
        let description: TrackDescription
        /// Parameter sets, for H.264.
        let video: AVCConfiguration?
        /// Samples that were muxed.
        fileprivate(set) var packets = 0
        /// Those of them that are in the open fragment.
        fileprivate var open = 0
        /// Its place in the file.
        fileprivate var index = 0
        /// Ticks that are taken off all its time stamps, so that the file begins near 0.
        fileprivate var offset: Int64 = 0
        /// Ticks that a sample may last.
        fileprivate var longest: Int64 = 0
        fileprivate var held: Held?
        fileprivate var lastDTS: Int64 = .min

        init(id: UInt32, description: TrackDescription, video: AVCConfiguration?) {
            self.id = id
            self.description = description
            self.video = video
        }
    }

    /// The packet of a track that waits for its successor.
    fileprivate struct Held {
        let packet: Packet
        /// When it came.
        let since: MonotonicTime
        /// Bytes of memory that it keeps.
        let bytes: Int
        /// Whether the packet is worth a thought.
        let isHeavy: Bool
        private static let heavy = 65_536

        init(_ packet: Packet, since: MonotonicTime) {
            self.packet = packet
            self.since = since
            bytes = packet.payload.retainedBytes
            isHeavy = packet.payload.count >= Self.heavy
        }
    }

    /// Its name in the folder.
    let name: String
    let path: String
    let number: Int
    let file: SharedFile
    let tracks: [Track]
    private let ids: [UInt32]
    private(set) var bytes: Int64 = 0
    /// Nanoseconds of the tracks' common time line at which the file's time 0 lies.
    let base: Int64
    /// End of the last sample, nanoseconds of the file.
    private(set) var duration: Int64 = 0
    private let muxer: FragmentedMuxer
    private var fragmentStarted: MonotonicTime?
    private var fragmentBytes = 0
    /// Bytes at which a fragment is written before its time, because it is held in memory until then.
    private static let maximumFragmentBytes = 8 << 20
    /// A fragment that the disk has refused, and the samples of each track in it.
    private var unwritten: (bytes: [UInt8], packets: [UInt32: Int])?
    /// Samples that can never be written.
    private var dropped: [UInt32: Int] = [:]
    /// Tracks whose last sample MP4 has no room for.
    private var unfit: [UInt32] = []
    private let headerBytes: Int64
    /// Counts what is kept: held packets, the open fragment, and what the disk has refused.
    private let charge: MemoryCharge?

    /// Ticks below which times can be subtracted and added without overflow.
    private static let saneTime: UInt64 = 1 << 60

    /// Creates the file and writes its header.
    /// - Throws: where a track cannot be described, or the disk refuses. No file is left behind then.
    init(
        folder: String, name: String, number: Int, tracks: [Track], base: Int64, tags: [String: String],
        voice: RoomVoice?, memory: MemoryBudget? = nil
    ) throws(ContainerError) {
        charge = memory.map { MemoryCharge(.recorder, budget: $0) }
        self.name = name
        path = folder + "/" + name
        self.number = number
        self.base = base
        self.tracks = tracks
        ids = tracks.map(\.id)
        muxer = try FragmentedMuxer(
            tracks: tracks.map { track in
                MuxedTrack(description: track.description, configuration: Self.configuration(track))
            }, tags: tags)
        for (index, track) in tracks.enumerated() {
            track.index = index
            track.offset = TimeBase.nanoseconds.rescale(base, to: track.description.timeBase)
            track.longest = muxer.longestDuration(ofTrack: index)
        }
        headerBytes = Int64(muxer.header.count)
        file = SharedFile(try RecordingFile(path, .create), voice: voice, newIn: folder)
        do { try write(muxer.header) } catch {
            remove()
            throw error
        }
    }

    private static func configuration(_ track: Track) -> [UInt8] {
        if let video = track.video { return video.record }
        if track.description.codec == .opus { return OpusHead.bytes(track.description) }
        return track.description.codecConfiguration
    }

    /// Whether the track is in the file.
    func contains(_ id: UInt32) -> Bool { ids.contains(id) }

    private func track(_ id: UInt32) -> Track? { ids.firstIndex(of: id).map { tracks[$0] } }

    /// Adds a packet of one of the tracks. `payload` of H.264 is Annex B.
    ///
    /// - Returns: `false` where a packet was left out: this one, because it lies before the file's time 0, or not behind the
    ///   track's last one, or too far behind it; or the one before it, because MP4 has no room for its times.
    /// - Throws: where the disk refuses a fragment that ended. The file keeps what was written before.
    func append(_ packet: Packet, track id: UInt32, now: MonotonicTime) throws(ContainerError) -> Bool {
        guard let track = track(id), packet.dts > track.lastDTS, packet.dts >= track.offset else {
            return false
        }
        guard packet.dts.magnitude < Self.saneTime, packet.pts.magnitude < Self.saneTime,
            track.offset.magnitude < Self.saneTime
        else { return false }
        if let last = track.held?.packet.dts, packet.dts - last > track.longest { return false }
        // Also where the disk refuses the one before: the file ends with this one, as soon as the disk takes it.
        var before: Held? = Held(packet, since: now)
        swap(&before, &track.held)
        track.lastDTS = packet.dts
        let isWhole = try before.map { before throws(ContainerError) in
            try mux(before, track, until: packet.dts, now: now)
        }
        if packet.isKeyframe, track.video != nil { try cut() }
        if fragmentStarted == nil { fragmentStarted = now }
        count()
        return isWhole ?? true
    }

    private func count() {
        guard let charge else { return }
        var bytes = fragmentBytes + (unwritten?.bytes.count ?? 0)
        for track in tracks { bytes += track.held?.bytes ?? 0 }
        charge.set(bytes)
    }

    /// Since when the large packet waits that has waited longest for its successor; `nil` where none does.
    var heavySince: MonotonicTime? {
        var first: MonotonicTime?
        for track in tracks {
            guard track.held?.isHeavy == true, let since = track.held?.since else { continue }
            first = min(first ?? since, since)
        }
        return first
    }

    /// Whether the file can hold a packet of a track that is decoded at `dts`: the one before it must not last too long.
    func canHold(_ dts: Int64, track id: UInt32) -> Bool {
        guard let track = track(id), let last = track.held?.packet.dts else { return true }
        let (duration, overflow) = dts.subtractingReportingOverflow(last)
        return !overflow && duration <= track.longest
    }

    /// Writes a packet that lasts until the next one, at `end`; silence between them where it was one of a microphone that
    /// was muted.
    /// - Returns: `false` where MP4 has no room for its times, and it was left out.
    private func mux(
        _ held: Held, _ track: Track, until end: Int64, now: MonotonicTime
    ) throws(ContainerError) -> Bool {
        let packet = held.packet
        guard
            let hole = OpusSilence.hole(
                behind: packet, next: end, elapsed: now - held.since, track.description)
        else { return try mux(packet, track, duration: end - packet.dts) }
        guard try mux(packet, track, duration: hole.own) else { return false }
        let silence = OpusSilence.packet(channels: track.description.audio?.channels ?? 1)
        for index in 0..<hole.count {
            let dts = packet.dts + hole.own + index * OpusSilence.length
            let isLast = index == hole.count - 1
            let filling = Packet(
                pts: dts, dts: dts, duration: OpusSilence.length, flags: .keyframe, payload: silence)
            guard try mux(filling, track, duration: isLast ? end - dts : OpusSilence.length) else { break }
        }
        return true
    }

    /// - Returns: `false` where MP4 has no room for its times, and it was left out.
    private func mux(_ packet: Packet, _ track: Track, duration: Int64) throws(ContainerError) -> Bool {
        do { try muxSample(packet, track, duration: duration) } catch {
            guard case .sample = error else { throw error }
            return false
        }
        if fragmentBytes > Self.maximumFragmentBytes { try cut() }
        return true
    }

    private func muxSample(_ packet: Packet, _ track: Track, duration: Int64) throws(ContainerError) {
        let size: Int
        let dts = packet.dts - track.offset
        let pts = max(dts, packet.pts - track.offset)
        if let configuration = track.video {
            let units = packet.payload.withUnsafeBytes { NALUnit.unitsOfAnnexB($0) }
            size = try muxer.append(
                track: track.index, pts: pts, dts: dts, duration: duration, isKeyframe: packet.isKeyframe,
                capacity: units.sampleCapacity
            ) { memory in
                packet.payload.withUnsafeBytes {
                    units.writeSample(from: $0, leavingOut: configuration, to: memory)
                }
            }
        } else {
            size = try muxer.append(
                track: track.index, payload: packet.payload, pts: pts, dts: dts, duration: duration,
                isKeyframe: packet.isKeyframe)
        }
        fragmentBytes += size
        if size > 0 {
            track.packets += 1
            track.open += 1
        }
        let end = track.description.timeBase.rescale(dts + duration, to: .nanoseconds)
        self.duration = max(self.duration, end)
    }

    /// When the open fragment must be written, if there is one.
    func deadline(_ fragment: Int64) -> MonotonicTime? { fragmentStarted.map { $0 + fragment } }

    /// Ends the open fragment and writes it.
    func cut() throws(ContainerError) {
        fragmentStarted = nil
        fragmentBytes = 0
        defer {
            for track in tracks { track.open = 0 }
            count()
        }
        do throws(ContainerError) { try writeFragment() } catch {
            let counts = Dictionary(tracks.map { ($0.id, $0.open) }) { $0 + $1 }
            if unwritten == nil { dropped.merge(counts) { $0 + $1 } }
            throw error
        }
    }

    private func writeFragment() throws(ContainerError) {
        try muxer.cutFragment { fragment throws(ContainerError) in
            // The index of a fragment comes first.
            file.keep(bytes..<bytes + Int64(fragment.first?.count ?? 0))
            do throws(ContainerError) { try write(fragment) } catch {
                let counts = tracks.map { ($0.id, $0.open) }
                unwritten = (fragment.flatMap { Array($0) }, Dictionary(counts) { $0 + $1 })
                throw error
            }
        }
    }

    // MARK: what the disk has refused

    /// Whether there is a fragment that the disk has refused. Nothing is added to the file any more then.
    var hasUnwritten: Bool { unwritten != nil }

    /// Bytes that are kept in memory for the disk to come back: the fragment, and the samples behind it that were held back.
    var unwrittenBytes: Int {
        guard let unwritten else { return 0 }
        return tracks.reduce(unwritten.bytes.count) { $0 + ($1.held?.packet.payload.count ?? 0) }
    }

    /// Whether there is more in the file than its header.
    var holdsMedia: Bool { bytes > headerBytes }

    /// Gives the disk once more what it has refused, and then what came behind it before the file was ended.
    func writeAgain() throws(ContainerError) {
        guard let fragment = unwritten else { return }
        try write(fragment.bytes)
        unwritten = nil
        count()
        unfit += try finish()
    }

    /// Forgets what the disk has refused.
    /// - Returns: the tracks and how many samples of them are not in the file.
    func giveUp() -> [(track: UInt32, packets: Int)] {
        let lost = dropped.merging(unwritten?.packets ?? [:]) { $0 + $1 }
        (unwritten, dropped) = (nil, [:])
        defer { count() }
        return tracks.compactMap { track in
            track.packets -= lost[track.id] ?? 0
            let count =
                (lost[track.id] ?? 0) + (track.held == nil ? 0 : 1) + unfit.count { $0 == track.id }
            track.held = nil
            return count > 0 ? (track.id, count) : nil
        }
    }

    /// Removes the file.
    func remove() { unlink(path) }

    /// Writes what was held back.
    /// - Returns: the tracks of which the last packet cannot be written.
    func finish() throws(ContainerError) -> [UInt32] {
        var refused: [UInt32] = []
        for track in tracks {
            guard let held = track.held?.packet else { continue }
            track.held = nil
            let base = track.description.timeBase
            // The publisher's word counts only here, and only where it is sensible: up to 10 s.
            let longest = min(track.longest, TimeBase.nanoseconds.rescale(10_000_000_000, to: base))
            let isSensible = held.duration > 0 && held.duration <= longest
            let usual = max(1, TimeBase.nanoseconds.rescale(20_000_000, to: base))
            if try !mux(held, track, duration: isSensible ? held.duration : usual) {
                refused.append(track.id)
            }
        }
        try cut()
        return refused
    }

    private func write(_ part: [UInt8]) throws(ContainerError) {
        try part.withUnsafeBufferPointer { part throws(ContainerError) in
            try write([UnsafeRawBufferPointer(part)])
        }
    }

    /// All or nothing: where the disk takes only some of it, that is cut off again.
    private func write(_ parts: [UnsafeRawBufferPointer]) throws(ContainerError) {
        do {
            try file.file.write(parts, at: bytes)
        } catch {
            try? file.file.truncate(to: bytes)
            throw error
        }
        bytes += parts.reduce(0) { $0 + Int64($1.count) }
        file.writeAgain(upTo: bytes)
    }
}

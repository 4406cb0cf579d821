import Container
import Media

/// Records one source of one participant: its tracks together into one file after the other.
///
/// Confined to the writer that runs its meeting. A file begins on an IDR, unless there is no video; packets wait in memory until
/// every track has its first, at most for the opening time. A new file begins at the IDR at which the parameters of
/// the video have changed, a track was added or removed, or the file has reached its size. Packets from before that
/// IDR still go into the old file, whenever they arrive.
final class SourceRecorder {
    /// What became of a file that was to begin.
    enum Opening {
        case opened(SegmentWriter)
        /// It cannot begin now; why, in the words of the journal.
        case refused(String)
    }

    /// What the recorder does for a source.
    protocol Delegate: AnyObject {
        /// Makes the file for these tracks. `isFree`: whether it does not count as one that the participant has caused.
        func open(
            _ source: SourceRecorder, tracks: [SegmentWriter.Track], base: Int64, isFree: Bool
        ) -> Opening
        /// The file is complete, or could not be continued because of `error`.
        func close(_ source: SourceRecorder, _ segment: SegmentWriter, error: ContainerError?)
        /// The file has grown.
        func written(_ segment: SegmentWriter)
        /// Asks the publisher for an IDR.
        func requestKeyframe(_ track: UInt32)
        /// Packets are not in the archive.
        func lost(_ source: SourceRecorder, track: UInt32, packets: Int, reason: String)
    }

    typealias Track = RecordedTrack

    let participant: String
    let source: String
    private let configuration: ArchiveConfiguration
    private unowned let delegate: any Delegate
    var tracks: [UInt32: Track] = [:]
    private var segment: SegmentWriter?
    /// Where the file begins on the time line, nanoseconds, and when that came.
    private var origin: (time: Int64, at: MonotonicTime)?
    /// When the last packet came, whether it was recorded or not.
    private(set) var lastArrival: MonotonicTime?
    /// Why the last file could not begin or go on.
    private var refusal = ""
    var isNextFree = false
    /// Nanoseconds of the tracks' time line from which packets belong to the next file.
    private var boundary: Int64?
    private var waitingSince: MonotonicTime?
    private var nextKeyframeRequest = MonotonicTime(nanoseconds: .min)
    private var nextOpening = MonotonicTime(nanoseconds: .min)
    /// What is kept for a recording that may begin.
    var preRoll: PreRoll
    /// Nanoseconds of the time line before which nothing is taken, and how long that holds.
    var exclusion: (before: Int64, until: MonotonicTime)?
    private static let unfitReason = "its time stamps do not fit the file"
    private static let retryInterval: Int64 = 2_000_000_000
    /// How long a large packet may wait for its successor before the server's memory is looked at, and how often then.
    private static let heavyInterval: Int64 = 10_000_000_000
    private var nextHeavy = MonotonicTime(nanoseconds: .min)
    private static let keyframeRequestInterval: Int64 = 500_000_000
    /// Packets that a broken connection may have lost; what is more is no count.
    private static let mostMissing: UInt32 = 1_000_000
    /// A hole in the time stamps that is longer than this ends the file, nanoseconds.
    private static let longestHole: Int64 = 3_600_000_000_000
    /// Nanoseconds that a file may be longer than it took: beyond, its time stamps have jumped.
    private static let longestAhead: Int64 = 60_000_000_000

    init(
        participant: String, source: String, configuration: ArchiveConfiguration, delegate: any Delegate
    ) {
        self.participant = participant
        self.source = source
        self.configuration = configuration
        self.delegate = delegate
        preRoll = PreRoll(seconds: configuration.preRollSeconds, memory: configuration.memory)
    }

    /// What no other source of the meeting has.
    var key: String { Self.key(participant, source) }

    static func key(_ participant: String, _ source: String) -> String { "\(participant)/\(source)" }

    /// Whether it has no track left.
    var isEmpty: Bool { tracks.values.allSatisfy(\.isRemoved) }

    func add(_ id: UInt32, _ description: TrackDescription) -> Track {
        let track = Track(id, description, memory: configuration.memory)
        tracks[id] = track
        return track
    }

    func remove(_ id: UInt32, now: MonotonicTime) {
        tracks[id]?.isRemoved = true
        preRoll.remove(id)
        if isEmpty { finish(now: now) }
        // Nothing of it waits for a file, and none has it: whoever begins and ends tracks all the time leaves nothing behind.
        tracks = tracks.filter { id, track in
            !track.isRemoved || track.isReady || segment?.contains(id) == true
        }
        closeIfOver()
    }

    /// Closes a file of which all tracks have ended, although others of the source go on.
    private func closeIfOver() {
        guard let segment, segment.tracks.allSatisfy({ tracks[$0.id]?.isRemoved != false }) else { return }
        closeSegment()
    }

    /// Its connection is another one: what comes next tells by its number what was lost in between.
    func resumes() { for track in tracks.values { track.isResuming = true } }

    /// A packet came.
    /// - Returns: how many were lost with a connection before it, where that can be told.
    func arrived(_ track: Track, sequence: UInt32?, at now: MonotonicTime) -> Int? {
        lastArrival = now
        guard let sequence else { return nil }
        let missing = track.sequence.map { sequence &- $0 &- 1 } ?? 0
        let isResuming = track.isResuming
        (track.sequence, track.isResuming) = (sequence, false)
        guard isResuming, (1...Self.mostMissing).contains(missing) else { return nil }
        return Int(missing)
    }

    /// Where the last packet of a track lies on the time line, nanoseconds, and when it came.
    func lastSeen(_ id: UInt32) -> (time: Int64, at: MonotonicTime)? { tracks[id]?.last }

    // MARK: while it is recorded

    /// Records one packet.
    func append(_ packet: Packet, _ track: Track, now: MonotonicTime) {
        guard !track.isRemoved, !isExcluded(packet, track, now: now) else { return }
        let id = track.id
        if let obstacle = track.obstacle {
            return delegate.lost(self, track: id, packets: 1, reason: obstacle)
        }
        if segment == nil, now < nextOpening {
            return delegate.lost(self, track: id, packets: 1, reason: refusal)
        }
        guard track.fits(packet) else {
            // What refers to a keyframe that is left out is of no use either.
            if packet.isKeyframe {
                (track.configuration, track.isCutOff, track.cause) = (nil, true, Track.noKeyframe)
            }
            return delegate.lost(self, track: id, packets: 1, reason: Self.unfitReason)
        }
        let time = track.nanoseconds(packet.dts)
        endAfterHole(before: packet.dts, time, track, now: now)
        var begins = false
        if track.isVideo {
            if packet.isKeyframe {
                if changesParameters(packet, track), track.isReady { open(now: now) }
                begins = beginsNextFile(packet, track)
            }
            guard track.configuration != nil else {
                if track.isCutOff { delegate.lost(self, track: id, packets: 1, reason: track.cause) }
                return requestKeyframe(id, now: now)
            }
            track.isCutOff = false
        } else if segment?.contains(id) != true, !hasVideo {
            begins = true
        }
        if begins, boundary == nil { boundary = time }
        if let segment, segment.contains(id), boundary.map({ time < $0 }) ?? true {
            write(packet, track, segment, now: now)
        } else {
            wait(packet, track, now: now)
        }
        openIfReady(now: now)
    }

    /// Ends the file where the track's time stamps have jumped to `dts`, which is `time`, or so far that MP4 has no room for it
    /// (31 bits of the track's ticks); the next begins as the first did.
    private func endAfterHole(before dts: Int64, _ time: Int64, _ track: Track, now: MonotonicTime) {
        let isLong = track.last.map { time &- $0.time > Self.longestHole } ?? false
        let isAhead = origin.map { (time &- $0.time) &- (now - $0.at) > Self.longestAhead } ?? false
        if isLong || isAhead || segment?.canHold(dts, track: track.id) == false {
            let wasRecorded = segment != nil
            finish(now: now)
            if wasRecorded { cutOff() }
        }
        track.last = (time, now)
    }

    private var hasVideo: Bool { tracks.values.contains { $0.isVideo && !$0.isRemoved } }

    private func changesParameters(_ packet: Packet, _ track: Track) -> Bool {
        guard let known = track.configuration, let found = parameters(packet) else { return false }
        return !known.isEquivalent(to: found)
    }

    private func parameters(_ packet: Packet) -> AVCConfiguration? {
        packet.payload.withUnsafeBytes { AccessUnit(annexB: $0).configuration?.readable }
    }

    /// Whether an IDR carries parameter sets, whatever is in them.
    private func hasParameters(_ packet: Packet) -> Bool {
        packet.payload.withUnsafeBytes { bytes in
            let unit = AccessUnit(annexB: bytes)
            return !unit.sequenceParameterSets.isEmpty || !unit.pictureParameterSets.isEmpty
        }
    }

    /// Looks at an IDR: remembers its parameters, and says whether a file must begin with it.
    private func beginsNextFile(_ packet: Packet, _ track: Track) -> Bool {
        let found = parameters(packet)
        let hasChanged = found.map { !(track.configuration?.isEquivalent(to: $0) ?? false) } ?? false
        if hasChanged { track.configuration = found }
        if track.configuration == nil, hasParameters(packet) {
            (track.isCutOff, track.cause) = (true, "its parameter sets cannot be read")
        }
        guard let segment else { return track.configuration != nil }
        let present = tracks.filter { id, track in
            !track.isRemoved && (track.isReady || segment.contains(id))
        }
        return hasChanged || !segment.contains(track.id) || Set(present.keys) != Set(segment.tracks.map(\.id))
            || segment.bytes >= configuration.segmentBytes
    }

    private func write(_ packet: Packet, _ track: Track, _ segment: SegmentWriter, now: MonotonicTime) {
        let before = segment.bytes
        do {
            if try !segment.append(packet, track: track.id, now: now) {
                delegate.lost(self, track: track.id, packets: 1, reason: Self.unfitReason)
            }
            if let last = track.last { track.recordedUntil = last.time }
            if segment.bytes != before { delegate.written(segment) }
        } catch { fail(segment, error, now: now) }
    }

    private func fail(_ segment: SegmentWriter, _ error: ContainerError, now: MonotonicTime) {
        (self.segment, origin) = (nil, nil)
        nextOpening = now + Self.retryInterval
        refusal = "the disk refused the last file"
        if case .file = error {} else { refusal = "a picture of it cannot be written" }
        delegate.close(self, segment, error: error)
        cutOff()
    }

    /// What comes next can only be decoded from an IDR on, and is missed until then.
    private func cutOff() {
        for track in tracks.values where track.isVideo {
            (track.configuration, track.isCutOff, track.cause) = (nil, true, Track.noKeyframe)
        }
    }

    /// Keeps a packet for the file that will be opened.
    private func wait(_ packet: Packet, _ track: Track, now: MonotonicTime) {
        if waitingSince == nil { waitingSince = now }
        let hasRoom = track.hold(packet)
        if let segment, !segment.contains(track.id), hasVideo { requestVideoKeyframes(now: now) }
        if hasRoom { return }
        // A file that can begin needs all of it, from the keyframe on.
        if canOpen { return open(now: now) }
        delegate.lost(self, track: track.id, packets: track.dropOldest(), reason: Track.noKeyframe)
    }

    /// Whether a file can begin. One that goes on is only replaced at a boundary; without one, the packets wait for the IDR.
    private var canOpen: Bool { segment == nil || boundary != nil }

    private func requestVideoKeyframes(now: MonotonicTime) {
        for (id, track) in tracks where track.isVideo { requestKeyframe(id, now: now) }
    }

    private func requestKeyframe(_ id: UInt32, now: MonotonicTime) {
        guard now >= nextKeyframeRequest else { return }
        nextKeyframeRequest = now + Self.keyframeRequestInterval
        delegate.requestKeyframe(id)
    }

    /// Begins the next file when every track has its first packet, or the opening time is over.
    private func openIfReady(now: MonotonicTime) {
        guard let since = waitingSince, canOpen else { return }
        let present = tracks.filter { !$0.value.isRemoved }
        let isOver = now - since >= Int64(configuration.openMilliseconds) * 1_000_000
        guard present.values.allSatisfy(\.isReady) || isOver, hasWaiting else { return }
        open(now: now)
    }

    /// Whether packets wait for a file, also of tracks that have ended.
    private var hasWaiting: Bool { tracks.values.contains(where: \.isReady) }

    private func open(now: MonotonicTime) {
        let ready = tracks.filter(\.value.isReady).sorted { left, right in
            left.value.isVideo == right.value.isVideo ? left.key < right.key : left.value.isVideo
        }
        let base = ready.compactMap { _, track in track.pending.first.map { track.nanoseconds($0.dts) } }
            .min()
        closeSegment()
        boundary = nil
        waitingSince = nil
        let chosen = ready.map { id, track in
            SegmentWriter.Track(id: id, description: track.description, video: track.configuration)
        }
        let came = ready.compactMap { _, track in track.last?.at }.min() ?? now
        switch delegate.open(self, tracks: chosen, base: base ?? 0, isFree: isNextFree) {
        case .opened(let made): (segment, origin) = (made, (base ?? 0, came))
        case .refused(let reason): (refusal, origin) = (reason, nil)
        }
        isNextFree = false
        for (id, track) in ready {
            let pending = track.takePending()
            for packet in pending {
                if let segment { write(packet, track, segment, now: now) }
            }
            if segment == nil {
                nextOpening = now + Self.retryInterval
                delegate.lost(self, track: id, packets: pending.count, reason: refusal)
                (track.configuration, track.isCutOff, track.cause) = (nil, true, Track.noKeyframe)
            }
        }
        for (id, track) in tracks where track.isRemoved { tracks[id] = nil }
        closeIfOver()
    }

    /// When ``tick(now:)`` has something to do.
    var deadline: MonotonicTime? {
        // Asked for after each stretch of work, of each source.
        var first: MonotonicTime = preRoll.due ?? .distantFuture
        if let waitingSince, canOpen, hasWaiting {
            first = min(first, waitingSince + Int64(configuration.openMilliseconds) * 1_000_000)
        }
        if let segment {
            let fragment = Int64(configuration.fragmentMilliseconds) * 1_000_000
            if let due = segment.deadline(fragment) { first = min(first, due) }
            if let since = segment.heavySince {
                first = min(first, max(since + Self.heavyInterval, nextHeavy))
            }
        }
        return first == .distantFuture ? nil : first
    }

    /// Does what has become due: writes the open fragment, opens a file that has waited long enough.
    func tick(now: MonotonicTime) {
        openIfReady(now: now)
        preRoll.expire(now: now)
        relieve(now: now)
        guard let segment, let due = segment.deadline(Int64(configuration.fragmentMilliseconds) * 1_000_000),
            now >= due
        else { return }
        do {
            try segment.cut()
            delegate.written(segment)
        } catch { fail(segment, error, now: now) }
    }

    /// Ends the file where large packets have waited for their successors for long and the server's memory is short: a still
    /// picture may last for hours, but not everybody's at the cost of everybody else.
    private func relieve(now: MonotonicTime) {
        guard let since = segment?.heavySince, now >= max(since + Self.heavyInterval, nextHeavy) else {
            return
        }
        nextHeavy = now + Self.heavyInterval
        guard configuration.memory?.admits == false else { return }
        finish(now: now)
        cutOff()
        for track in tracks.values where track.isVideo { track.cause = "the server's memory is short" }
        requestVideoKeyframes(now: now)
    }

    /// Writes everything that waits, and closes the file.
    func finish(now: MonotonicTime) {
        if hasWaiting { open(now: now) }
        closeSegment()
        boundary = nil
        waitingSince = nil
        // Gaps between files do not count, and what comes next can only be decoded from an IDR on.
        for track in tracks.values { (track.last, track.configuration, track.isCutOff) = (nil, nil, false) }
    }

    private func closeSegment() {
        guard let open = segment else { return }
        (segment, origin) = (nil, nil)
        do {
            for id in try open.finish() {
                delegate.lost(self, track: id, packets: 1, reason: Self.unfitReason)
            }
            delegate.close(self, open, error: nil)
        } catch { delegate.close(self, open, error: error) }
    }
}

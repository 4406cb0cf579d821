import Media

/// What a source keeps for a recording that may begin, also while one goes on, and how it begins with that.
extension SourceRecorder {
    /// Bytes that are kept in memory.
    var preRollBytes: Int { preRoll.bytes }

    /// Nanoseconds of the time line at which begins what is kept.
    var preRollStart: Int64? { preRoll.start }

    /// The tracks that were not removed.
    var trackNumbers: [UInt32] { tracks.filter { !$0.value.isRemoved }.keys.sorted() }

    /// Keeps a packet for a recording that may begin; see ``PreRoll``.
    /// - Parameter limit: bytes that may be kept altogether.
    func keep(_ packet: Packet, _ track: Track, limit: Int, now: MonotonicTime) {
        guard !track.isRemoved, !isExcluded(packet, track, now: now) else { return }
        preRoll.append(
            packet, track: track.id, isVideo: track.isVideo, time: track.nanoseconds(packet.dts),
            limit: limit,
            now: now)
    }

    /// Records what was kept, as if it came now.
    /// - Returns: the tracks of which there was something.
    func begin(now: MonotonicTime) -> Set<UInt32> {
        // Somebody wants it; it is no doing of the participant's.
        isNextFree = true
        let kept = preRoll.packets
        for (id, packet) in kept {
            guard let track = tracks[id], !isRecorded(packet, track) else { continue }
            append(packet, track, now: now)
        }
        return Set(kept.map(\.track))
    }

    /// Whether sound is in the file before: pictures are needed from their keyframe on all the same, sound would be heard twice.
    private func isRecorded(_ packet: Packet, _ track: Track) -> Bool {
        !track.isVideo && track.nanoseconds(packet.dts) <= track.recordedUntil
    }

    /// Forgets what was kept.
    func forget() { preRoll.removeAll() }

    /// Takes nothing that was captured before `time`, nanoseconds of the time line, although it comes only now. Holds for
    /// a moment: who tells a wrong time is recorded all the same.
    func exclude(before time: Int64, now: MonotonicTime) { exclusion = (time, now + 2_000_000_000) }

    func isExcluded(_ packet: Packet, _ track: Track, now: MonotonicTime) -> Bool {
        guard let exclusion else { return false }
        guard now < exclusion.until else {
            self.exclusion = nil
            return false
        }
        return track.nanoseconds(packet.pts) < exclusion.before
    }
}

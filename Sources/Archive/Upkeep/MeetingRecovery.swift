import Container
import Glibc

/// Brings meetings in order that a server did not live to end: finalises their files, and rebuilds the manifest.
public enum MeetingRecovery {
    /// What became of one file.
    public struct FileReport: Sendable {
        /// Path of the file.
        public var path: String
        /// Whether it is plain MP4 now. Otherwise it is as it was, and `problem` says why.
        public var isFinalised: Bool
        /// What the file holds, nanoseconds.
        public var keptNanoseconds: Int64
        /// What of a torn fragment at its end had to be cut off, nanoseconds as far as it can be told.
        public var lostNanoseconds: Int64
        /// The same in bytes.
        public var lostBytes: Int64
        /// Why it could not be finalised.
        public var problem: String?

        /// One line for people.
        public var description: String {
            if let problem { return "\(path): \(problem)" }
            let kept = Double(keptNanoseconds / 1_000_000) / 1000
            return "\(path): kept \(kept) s, lost \(lostNanoseconds / 1_000_000) ms (\(lostBytes) bytes)"
        }
    }

    /// Recovers every unfinished meeting below `archive`. Meetings that a running server records are left alone.
    ///
    /// Blocks on the disk.
    /// - Parameter report: called for each file that was looked at.
    /// - Returns: the number of meetings that were recovered.
    @discardableResult
    public static func recoverAll(
        archive: String, report: (FileReport) -> Void
    ) throws(ArchiveError) -> Int {
        var count = 0
        for folder in try ArchiveCatalogue.folders(path: archive) {
            if isFinished(folder) || Journal.isInUse(folder: folder) { continue }
            // One that cannot be mended must not keep the others from it, nor a server from starting.
            do throws(ArchiveError) {
                try recover(folder: folder, report: report)
                count += 1
            } catch {
                report(
                    FileReport(
                        path: folder, isFinalised: false, keptNanoseconds: 0, lostNanoseconds: 0,
                        lostBytes: 0,
                        problem: "it is left as it is: \(error)"))
            }
        }
        return count
    }

    private static func isFinished(_ folder: String) -> Bool {
        guard let manifest = try? MeetingManifest.read(folder: folder) else { return false }
        guard manifest.isComplete, let manifestTime = modified(folder, MeetingManifest.fileName) else {
            return false
        }
        // A meeting that went on has a newer journal than the manifest of its first end, until the next manifest is written. A copy
        // of an archive may look the same; to recover that once more changes nothing but the manifest's time.
        guard let journalTime = modified(folder, Journal.fileName) else { return true }
        return journalTime <= manifestTime
    }

    /// When a file was written last: seconds of the Unix epoch, and nanoseconds.
    private static func modified(_ folder: String, _ name: String) -> (Int, Int)? {
        var status = stat()
        guard lstat(folder + "/" + name, &status) == 0 else { return nil }
        return (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
    }

    /// Recovers one meeting.
    public static func recover(folder: String, report: (FileReport) -> Void) throws(ArchiveError) {
        let events = (try? Journal.read(folder: folder, leavingOut: "clock")) ?? []
        var manifest = rebuild(folder: folder, events: events)
        removeEmptyFiles(&manifest, folder: folder)
        var end = events.last?.time ?? 0
        for index in manifest.segments.indices {
            let path = folder + "/" + manifest.segments[index].file
            let outcome = finalise(path)
            report(outcome.report)
            if let result = outcome.result {
                manifest.segments[index].state = .finalised
                manifest.segments[index].duration = result.durationInNanoseconds / 1000
                manifest.segments[index].bytes = result.size
                for (track, packets) in zip(manifest.segments[index].tracks.indices, result.sampleCounts) {
                    manifest.segments[index].tracks[track].packets = packets
                }
            } else {
                manifest.segments[index].state = .fragmented
            }
            end = max(end, manifest.segments[index].start &+ manifest.segments[index].duration)
        }
        if manifest.ended == nil, let known = events.last(where: isAnchored), let wall = known.wall {
            manifest.ended = WallTime.text(microseconds: wall &+ end &- known.time)
        }
        try MeetingFolder.write(manifest, folder: folder)
    }

    /// Removes files that had only begun, on the disk and in the manifest: there is nothing in them to be kept.
    private static func removeEmptyFiles(_ manifest: inout MeetingManifest, folder: String) {
        manifest.segments.removeAll { segment in
            let path = folder + "/" + segment.file
            guard EntryName.isRecording(segment.file), EmptyRecording.isOne(path) else { return false }
            return unlink(path) == 0
        }
    }

    /// Whether an event ties the meeting's time to the wall clock: the difference changes with each pause.
    static func isAnchored(_ event: Journal.Event) -> Bool {
        ["start", "record", "stop", "pause", "restart"].contains(event.event) && event.wall != nil
    }

    private static func finalise(_ path: String) -> (report: FileReport, result: Finaliser.Result?) {
        do {
            let result = try Finaliser.finalise(path)
            let report = FileReport(
                path: path, isFinalised: true, keptNanoseconds: result.durationInNanoseconds,
                lostNanoseconds: result.lostNanoseconds, lostBytes: result.lostBytes)
            return (report, result)
        } catch {
            let report = FileReport(
                path: path, isFinalised: false, keptNanoseconds: 0, lostNanoseconds: 0, lostBytes: 0,
                problem: error.description)
            return (report, nil)
        }
    }

    /// The manifest as the journal tells it; what only the last manifest knows is taken from there.
    private static func rebuild(folder: String, events: [Journal.Event]) -> MeetingManifest {
        let parts = folder.split(separator: "/")
        let name = parts.last.map(String.init) ?? folder
        let room = parts.dropLast().last.map(String.init) ?? ""
        let known = try? MeetingManifest.read(folder: folder)
        let start = events.first { $0.event == "start" }
        var manifest = MeetingManifest(
            meeting: name, room: start?.room ?? known?.room ?? room,
            started: start?.wall.map { WallTime.text(microseconds: $0) } ?? known?.started
                ?? WallTime.start(ofMeeting: name) ?? "",
            software: known?.software ?? [:])
        // What the manifest says of a meeting that went on is its first end.
        let last = events.last { ["restart", "end"].contains($0.event) }
        manifest.ended = last?.event == "restart" ? nil : known?.ended
        manifest.hold = known?.hold
        var places: [String: Int] = [:]
        for event in events { apply(event, to: &manifest, &places) }
        let discarded = Set(events.lazy.filter { $0.event == "discard" }.compactMap(\.file))
        manifest.segments.removeAll { discarded.contains($0.file) }
        manifest.forgetPassersBy(but: MeetingUpkeep.mostPassersBy)
        if manifest.participants.isEmpty, let known { manifest.participants = known.participants }
        let present = Set(manifest.segments.map(\.file))
        manifest.segments += (known?.segments ?? []).filter { !present.contains($0.file) }
        manifest.segments += unknownFiles(folder, manifest)
        return manifest
    }

    /// - Parameter places: where in the manifest each participant is, by identifier.
    private static func apply(
        _ event: Journal.Event, to manifest: inout MeetingManifest, _ places: inout [String: Int]
    ) {
        switch event.event {
        case "join":
            guard let id = event.participant else { return }
            if let place = places[id] {
                manifest.participants[place].left = nil
            } else {
                places[id] = manifest.participants.count
                manifest.participants.append(
                    .init(id: id, name: event.name ?? id, joined: event.time, left: nil))
            }
        case "leave":
            if let place = event.participant.flatMap({ places[$0] }),
                manifest.participants[place].left == nil
            {
                manifest.participants[place].left = event.time
            }
        case "segment":
            guard let file = event.file, let participant = event.participant else { return }
            manifest.segments.append(
                .init(
                    file: file, participant: participant, source: event.source ?? "",
                    number: event.number ?? 1,
                    start: event.start ?? event.time, duration: 0, bytes: 0, tracks: event.tracks ?? [],
                    state: .writing))
        default: break
        }
    }

    /// Recordings that neither journal nor manifest names: a crash came between the two.
    private static func unknownFiles(
        _ folder: String, _ manifest: MeetingManifest
    ) -> [MeetingManifest.Segment] {
        let known = Set(manifest.segments.map(\.file))
        let names = (try? ConfinedFolder.names(folder, levels: FolderLock.meetingLevels)) ?? []
        return names.filter { EntryName.isRecording($0) && !known.contains($0) }.map { name in
            let parts = name.dropLast(4).split(separator: "-").map(String.init)
            return .init(
                file: name, participant: owner(parts.dropLast(2).joined(separator: "-"), manifest),
                source: parts.dropLast().last ?? "", number: parts.last.flatMap { Int($0) } ?? 1, start: 0,
                duration: 0,
                bytes: 0, tracks: [], state: .writing)
        }
    }

    /// The identifier of the participant whose files' names begin with `stem`.
    private static func owner(_ stem: String, _ manifest: MeetingManifest) -> String {
        manifest.participants.first { FileName.person(id: $0.id, name: $0.name) == stem }?.id ?? stem
    }
}

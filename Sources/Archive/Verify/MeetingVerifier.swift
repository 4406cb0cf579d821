import Container

/// Checks one meeting: the structure of each file, journal against files against manifest, digests.
///
/// Reads all media once, for the digests. Changes nothing but for digests that are missing, where it is told so.
public struct MeetingVerifier {
    /// What was found, in the order of the files.
    public private(set) var findings: [ArchiveFinding] = []
    /// Files that were looked at.
    public private(set) var files = 0
    /// Bytes of them.
    public private(set) var bytes: Int64 = 0
    /// The finalised files, for whoever wants to look deeper: paths, the packets that each track must have, and whether the SHA-256
    /// proves that they are as they were recorded.
    public private(set) var media: [(path: String, packets: [Int], isIntact: Bool)] = []
    private let folder: String

    /// By how much durations may differ: the manifest has whole microseconds, the file ticks.
    private static let durationTolerance: UInt64 = 1000

    /// Checks the meeting in `folder`, a path. Blocks long.
    /// - Parameter addingDigests: whether digests that are missing are computed and written into the manifest.
    public init(folder: String, addingDigests: Bool = false) {
        self.folder = folder
        verify(addingDigests: addingDigests)
    }

    private mutating func verify(addingDigests: Bool) {
        let isRecording = Journal.isInUse(folder: folder)
        let manifest: MeetingManifest
        do throws(ArchiveError) {
            if addingDigests, !isRecording { _ = try SegmentDigests.add(folder: folder) }
        } catch { problem(folder, error.description) }
        do throws(ArchiveError) { manifest = try MeetingManifest.read(folder: folder) } catch {
            return problem(folder + "/" + MeetingManifest.fileName, Self.reason(error))
        }
        check(manifest, isRecording: isRecording)
        checkJournal(against: manifest, isRecording: isRecording)
        for segment in manifest.segments { check(segment, isRecording: isRecording) }
        checkForStrays(manifest)
    }

    private static func reason(_ error: ArchiveError) -> String {
        if case .damaged(_, let reason) = error { "cannot be read: \(reason)" } else { error.description }
    }

    private mutating func problem(_ path: String, _ text: String) {
        findings.append(ArchiveFinding(path, text))
    }

    private mutating func note(_ path: String, _ text: String) {
        findings.append(ArchiveFinding(path, text, severity: .note))
    }

    // MARK: manifest

    private mutating func check(_ manifest: MeetingManifest, isRecording: Bool) {
        let path = folder + "/" + MeetingManifest.fileName
        let parts = folder.split(separator: "/").suffix(2).map(String.init)
        if manifest.version != 1 { problem(path, "version \(manifest.version) is not known here") }
        if parts.last != manifest.meeting { problem(path, "it calls the meeting \(manifest.meeting)") }
        if parts.first != FileName.safe(manifest.room) { problem(path, "it calls the room \(manifest.room)") }
        if WallTime.microseconds(manifest.started) == nil {
            problem(path, "its start is no time: \(manifest.started)")
        }
        if isRecording {
            note(path, "is being recorded; only its finished files are checked")
        } else if manifest.ended == nil {
            problem(path, "the meeting has no end; `convene archive recover` finishes it")
        }
        let files = manifest.segments.map(\.file)
        if Set(files).count < files.count { problem(path, "it names a file twice") }
        let people = Set(manifest.participants.map(\.id))
        for segment in manifest.segments where !people.contains(segment.participant) {
            problem(path, "\(segment.file) belongs to \(segment.participant), who never joined")
        }
    }

    // MARK: journal

    private mutating func checkJournal(against manifest: MeetingManifest, isRecording: Bool) {
        let path = folder + "/" + Journal.fileName
        let events: [Journal.Event]
        do throws(ContainerError) { events = try readJournal(path) } catch {
            return problem(path, error.description)
        }
        if events.first(where: { $0.event == "start" }) == nil { problem(path, "it has no start") }
        let joined = Set(events.filter { $0.event == "join" }.compactMap(\.participant))
        for participant in manifest.participants where !joined.contains(participant.id) && !isRecording {
            problem(path, "\(participant.name) (\(participant.id)) is in the manifest, but never joins")
        }
        for id in joined.subtracting(manifest.participants.map(\.id)).sorted() where !isRecording {
            problem(path, "\(id) joins, but is not in the manifest")
        }
        let begun = Set(events.filter { $0.event == "segment" }.compactMap(\.file))
        let named = Set(manifest.segments.map(\.file))
        for file in named.subtracting(begun).sorted() { problem(path, "it does not say that \(file) begins") }
        for file in begun.subtracting(named).sorted() where !isRecording {
            problem(path, "\(file) begins, but is not in the manifest")
        }
        for event in events where event.event == "segment" && event.start != nil {
            guard let segment = manifest.segments.first(where: { $0.file == event.file }) else { continue }
            if segment.start != event.start {
                problem(path, "\(segment.file) begins at another time in the manifest")
            }
        }
    }

    /// The events; finds lines that are none. A last line without an end is what a crash leaves, and no damage.
    private mutating func readJournal(_ path: String) throws(ContainerError) -> [Journal.Event] {
        var reader = try JournalReader(folder: folder)
        var events: [Journal.Event] = []
        var damaged: [Int] = []
        try reader.forEach { line in
            switch line {
            case .event(let event): events.append(event)
            case .damaged(let number): damaged.append(number)
            }
        }
        for number in damaged.prefix(Self.mostLines) { problem(path, "line \(number) is damaged") }
        if damaged.count > Self.mostLines {
            problem(path, "\(damaged.count - Self.mostLines) more lines are damaged")
        }
        if reader.isTorn { note(path, "its last line is torn, as by a crash") }
        return events
    }

    /// Damaged lines that are named one by one.
    private static let mostLines = 20

    // MARK: files

    private mutating func check(_ segment: MeetingManifest.Segment, isRecording: Bool) {
        let path = folder + "/" + segment.file
        guard FileStamp.size(path) != nil else { return problem(path, "is missing") }
        if segment.state == .writing, isRecording { return }
        files += 1
        do throws(ContainerError) {
            let structure = try StructureCheck(path: path)
            bytes += structure.size
            for finding in structure.findings { problem(path, finding) }
            switch segment.state {
            case .finalised: try check(segment, path, structure)
            case .fragmented:
                problem(path, "could not be finalised; it plays. `convene archive recover` tries again")
            case .writing:
                problem(path, "was never finished; it plays. `convene archive recover` finishes it")
            }
        } catch { problem(path, error.description) }
    }

    private mutating func check(
        _ segment: MeetingManifest.Segment, _ path: String, _ structure: StructureCheck
    ) throws(ContainerError) {
        if !structure.isFinalised { problem(path, "is fragments, and finalised in the manifest") }
        if structure.size != segment.bytes {
            problem(path, "has \(structure.size) bytes, \(segment.bytes) in the manifest")
        }
        let packets = segment.tracks.map(\.packets)
        // A track that never got a packet is not in a finished file.
        if structure.sampleCounts.filter({ $0 > 0 }) != packets.filter({ $0 > 0 }), !packets.isEmpty {
            problem(path, "has \(structure.sampleCounts) packets in its tracks, \(packets) in the manifest")
        }
        let duration = structure.durationInNanoseconds / 1000
        if (duration &- segment.duration).magnitude > Self.durationTolerance {
            problem(path, "lasts \(duration) µs, \(segment.duration) µs in the manifest")
        }
        media.append((path, structure.sampleCounts, false))
        guard let expected = segment.sha256 else { return note(path, "not hashed yet") }
        let found = try FileDigest.sha256(path, levels: RecordingFile.archiveLevels) ?? ""
        media[media.count - 1].isIntact = found == expected
        if found != expected {
            problem(path, "its SHA-256 is \(found), \(expected) in the manifest: it has changed")
        }
    }

    /// Recordings that the manifest does not know.
    private mutating func checkForStrays(_ manifest: MeetingManifest) {
        let named = Set(manifest.segments.map(\.file))
        let names = (try? ConfinedFolder.names(folder, levels: FolderLock.meetingLevels)) ?? []
        for name in names where name.hasSuffix(".mp4") && !named.contains(name) {
            problem(folder + "/" + name, "is not in the manifest; `convene archive recover` may know it")
        }
    }
}

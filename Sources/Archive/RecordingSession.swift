import Container
import FoundationEssentials
import Logging
import Media

/// The work behind ``MeetingRecorder``: which source a track belongs to, the folder, the journal, the manifest.
///
/// Confined to the recorder's thread. The folder is made with the first track or line of chat while it records: a room in
/// which nothing happens, or that is never recorded, leaves nothing behind.
final class RecordingSession {
    private let room: String
    let configuration: ArchiveConfiguration
    let callbacks: RecorderCallbacks
    private let synchronizer: DiskSynchronizer
    private let upkeep: ArchiveUpkeep
    let metrics: RecordingMetrics
    private(set) var logger: Logger
    private let software: [String: String]
    private(set) var folder: MeetingFolder?
    /// Which of the room's meetings it is.
    private let meeting: UInt64
    /// When the meeting was interrupted, and who published then and has not come back.
    var interruption: (end: Int64, publishers: Set<String>)?
    var manifest: MeetingManifest
    private(set) var sources: [String: SourceRecorder] = [:]
    private var sourceOfTrack: [UInt32: SourceRecorder] = [:]
    private var fileStems = FileStems()
    private var segmentCounts: [String: Int] = [:]
    private var allowances: [String: OpeningAllowance] = [:]
    /// Since when participants are away, as far as it is recorded and not journalled as a gap.
    var absences: [String: MonotonicTime] = [:]
    /// What was said of each track last: a time stamp, the same in nanoseconds, the server's clock in microseconds.
    private(set) var clocks: [UInt32: (pts: Int64, nanoseconds: Int64, serverTime: Int64)] = [:]
    private(set) var descriptions: [UInt32: TrackDescription] = [:]
    /// What the journal begins with as soon as there is one.
    var earlyEvents: [Journal.Event] = []
    private var losses: [UInt32: (participant: String, packets: Int, reason: String)] = [:]
    private var nextLossReport = MonotonicTime(nanoseconds: .min)
    var space: DiskSpace
    var nextSpaceCheck: MonotonicTime
    var control: RecordingControl
    var timeline: MeetingTimeline
    /// Bytes of all sources that are kept while the room is not recorded.
    var preRollBytes = 0
    /// What the room was told last.
    var told: (state: RecorderCallbacks.State, reason: String?)
    private(set) var now: MonotonicTime
    private static let lossReportInterval: Int64 = 1_000_000_000

    init(
        room: String, meeting: UInt64, records: Bool, continuing past: MeetingContinuation?,
        start: (monotonic: MonotonicTime, wall: Int64),
        configuration: ArchiveConfiguration, callbacks: RecorderCallbacks, synchronizer: DiskSynchronizer,
        upkeep: ArchiveUpkeep, metrics: RecordingMetrics, software: [String: String], logger: Logger
    ) {
        self.room = room
        self.meeting = meeting
        self.configuration = configuration
        self.callbacks = callbacks
        self.synchronizer = synchronizer
        self.upkeep = upkeep
        self.metrics = metrics
        self.software = software
        self.logger = logger
        self.logger[metadataKey: "room"] = "\(room)"
        now = start.monotonic
        timeline = MeetingTimeline(start: start.monotonic, wall: start.wall)
        control = RecordingControl(records: records, now: start.monotonic)
        told = control.state
        nextSpaceCheck = start.monotonic
        space = DiskSpace(warnBelow: configuration.warnBelowBytes, stopBelow: configuration.stopBelowBytes)
        manifest = MeetingManifest(
            meeting: "", room: room, started: WallTime.text(start.wall), software: software)
        if let past { goOn(with: past, wall: start.wall) }
    }

    /// Microseconds of the meeting now.
    var time: Int64 { timeline.time(at: now) }

    /// Whether there is nothing of the meeting yet, and nothing is to be kept: who comes and goes is of no interest then.
    private var isDormant: Bool { folder == nil && control.wish != .recording }

    // MARK: events

    func handle(_ event: MeetingRecorder.Event, now: MonotonicTime) {
        self.now = now
        switch event {
        case .packet(let id, let packet): record(packet, id)
        case .joined(let participant, let name): joined(participant, name)
        case .left(let participant, let reason): left(participant, reason)
        case .away(let participant, let time): away(participant, time)
        case .returned(let participant, let time): returned(participant, time)
        case .trackAdded(let id, let participant, let description): add(id, participant, description)
        case .trackRemoved(let id): remove(id)
        case .overflowed(let id, let packets):
            guard let source = source(of: id), !isDormant else { return }
            lost(source, track: id, packets: packets, reason: "the disk was too slow")
        case .clock(let id, let pts, let serverTime):
            guard let base = descriptions[id]?.timeBase else { return }
            clocks[id] = (pts, base.rescale(pts, to: .nanoseconds), serverTime)
            if control.wish == .recording { journalClock(id) }
        case .chat(let participant, let name, let text, let wall):
            // What is said while the room is told that it is not recorded is not kept.
            guard control.wish == .recording else { return }
            makeFolder()
            journal("chat") { event in
                (event.participant, event.name, event.text, event.wall) = (participant, name, text, wall)
            }
        case .control(let action, let participant, let name): handle(action, participant, name)
        }
    }

    private func record(_ packet: Packet, _ id: UInt32) {
        guard let source = source(of: id) else { return }
        switch control.wish {
        case .recording where space.level == .full:
            lost(source, track: id, packets: 1, reason: "the disk is full")
        case .recording: source.append(packet, track: id, now: now)
        case .off, .stopped: keep(packet, id, source)
        case .paused: break
        }
    }

    private func joined(_ participant: String, _ name: String) {
        manifest.join(participant, name: name, time: time)
        journal("join") { ($0.participant, $0.name) = (participant, name) }
        journalInterruption(of: participant)
    }

    private func left(_ participant: String, _ reason: String) {
        if let index = manifest.participants.lastIndex(where: { $0.id == participant }) {
            if isDormant {
                manifest.participants.remove(at: index)
            } else {
                manifest.participants[index].left = time
            }
        }
        allowances[participant] = nil
        absences[participant] = nil
        journal("leave") { ($0.participant, $0.reason) = (participant, reason) }
    }

    private func away(_ participant: String, _ time: MonotonicTime) {
        absences[participant] = time
        journal("away") { $0.participant = participant }
    }

    private func returned(_ participant: String, _ time: MonotonicTime) {
        guard let since = absences.removeValue(forKey: participant) else { return }
        journal("back") { $0.participant = participant }
        if control.wish == .recording { journalAbsence(of: participant, since: since, until: time) }
    }

    /// Says that nothing of a participant is recorded since then, and that nobody can count what that was.
    func journalAbsence(of participant: String, since: MonotonicTime, until end: MonotonicTime) {
        let length = (end - since) / 1000
        guard sources.values.contains(where: { $0.participant == participant }) else { return }
        journal("gap") { event in
            (event.participant, event.packets, event.duration) = (participant, 0, length)
            event.reason = "the connection was lost for \(length / 1000) ms"
        }
    }

    private func add(_ id: UInt32, _ participant: String, _ description: TrackDescription) {
        if control.wish == .recording { makeFolder() }
        let recorder =
            sources[SourceRecorder.key(participant, description.source)]
            ?? SourceRecorder(
                participant: participant, source: description.source, configuration: configuration,
                delegate: self)
        sources[recorder.key] = recorder
        sourceOfTrack[id] = recorder
        descriptions[id] = description
        recorder.add(id, description)
        journal(track: id)
    }

    /// Writes which track that is.
    func journal(track id: UInt32) {
        guard let description = descriptions[id], let source = source(of: id) else { return }
        journal("track") { event in
            (event.participant, event.track) = (source.participant, id)
            (event.codec, event.source) = (description.codec.rawValue, description.source)
            event.timeBase = [description.timeBase.numerator, description.timeBase.denominator]
        }
    }

    private func remove(_ id: UInt32) {
        guard let recorder = sourceOfTrack.removeValue(forKey: id) else { return }
        recorder.remove(id, now: now)
        if recorder.isEmpty { sources[recorder.key] = nil }
        countPreRoll()
        descriptions[id] = nil
        clocks[id] = nil
        journal("untrack") { ($0.participant, $0.track) = (recorder.participant, id) }
    }

    func source(of id: UInt32) -> SourceRecorder? { sourceOfTrack[id] }

    // MARK: time

    /// When ``tick(now:)`` has something to do.
    var deadline: MonotonicTime? {
        var due = sources.values.compactMap(\.deadline)
        if !losses.isEmpty { due.append(nextLossReport) }
        if !sources.isEmpty { due.append(nextSpaceCheck) }
        return due.min()
    }

    func tick(now: MonotonicTime) {
        self.now = now
        for source in sources.values { source.tick(now: now) }
        if !losses.isEmpty, now >= nextLossReport { reportLosses() }
        if !sources.isEmpty, now >= nextSpaceCheck { checkSpace() }
    }

    func finish(now: MonotonicTime) {
        self.now = now
        for source in sources.values { source.finish(now: now) }
        reportLosses()
        guard folder != nil else { return }
        journal("end") { _ in }
        manifest.ended = WallTime.text(timeline.wall(at: now))
        writeManifest(isLast: true)
        tell(.stopped, nil)
    }

    // MARK: folder, journal, manifest

    func makeFolder() {
        guard folder == nil else { return }
        do {
            let made = try MeetingFolder(archive: configuration.path, room: room, wall: timeline.wall)
            folder = made
            manifest.meeting = made.name
            logger.info("recording a meeting", metadata: ["folder": "\(made.path)"])
            writeManifest()
            journal("start") { event in
                (event.wall, event.room) = (timeline.wall / 1000, room)
                event.meeting = String(meeting, radix: 16)
            }
            for event in earlyEvents { write(event) }
            earlyEvents = []
            overcame()
        } catch { failed("\(error)") }
    }

    /// Takes the folder of a meeting that goes on, and what its manifest says.
    func reopen(_ folder: MeetingFolder, _ known: MeetingManifest) throws(ArchiveError) {
        self.folder = folder
        manifest = known
        manifest.ended = nil
        manifest.software.merge(software) { _, own in own }
        for segment in known.segments {
            let person = known.participants.last { $0.id == segment.participant }?.name ?? segment.participant
            let stem = fileStems.stem(of: segment.participant, name: person)
            let key = "\(stem)-\(FileName.source(segment.source))"
            segmentCounts[key] = max(segmentCounts[key] ?? 0, segment.number)
        }
    }

    func journal(_ name: String, _ fill: (inout Journal.Event) -> Void) {
        var event = Journal.Event(time: name == "start" ? 0 : time, event: name)
        fill(&event)
        if folder == nil {
            if !isDormant, earlyEvents.count < 10_000 { earlyEvents.append(event) }
        } else {
            write(event)
        }
    }

    private func write(_ event: Journal.Event) {
        guard let journal = folder?.journal else { return }
        do {
            try journal.append(event)
            synchronizer.synchronize(journal.file)
        } catch { failed("\(error)") }
    }

    func writeManifest(isLast: Bool = false) {
        guard let folder else { return }
        do { try folder.write(manifest, isLast: isLast) } catch { return failed("\(error)") }
        upkeep.manifestWritten(folder.path)
    }

    func reportLosses() {
        nextLossReport = now + Self.lossReportInterval
        for (id, loss) in losses.sorted(by: { $0.key < $1.key }) {
            metrics.lost(packets: loss.packets, reason: loss.reason)
            journal("gap") { event in
                (event.track, event.participant) = (id, loss.participant)
                (event.packets, event.reason) = (loss.packets, loss.reason)
            }
            logger.warning(
                "packets are missing in the archive",
                metadata: [
                    "participant": "\(loss.participant)", "track": "\(id)", "packets": "\(loss.packets)",
                    "reason": "\(loss.reason)",
                ])
        }
        losses = [:]
    }
}

extension RecordingSession: SourceRecorder.Delegate {
    func open(_ source: SourceRecorder, tracks: [SegmentWriter.Track], base: Int64) -> SegmentWriter? {
        makeFolder()
        guard let folder else { return nil }
        guard allowances[source.participant, default: OpeningAllowance(now: now)].take(now: now) else {
            return nil
        }
        let person = manifest.participants.last { $0.id == source.participant }?.name ?? source.participant
        let stem = fileStems.stem(of: source.participant, name: person)
        let key = "\(stem)-\(FileName.source(source.source))"
        let number = segmentCounts[key, default: 0] + 1
        let name = "\(key)-\(number).mp4"
        do {
            let segment = try SegmentWriter(
                path: folder.path + "/" + name, number: number, tracks: tracks, base: base,
                tags: ["title": person, "comment": "\(room) \(manifest.meeting)"])
            segmentCounts[key] = number
            metrics.began()
            try RecordingFile.synchronizeFolder(folder.path)
            synchronizer.synchronize(segment.file)
            let described = describe(segment, source, name)
            manifest.segments.append(described)
            journal("segment") { event in
                (event.participant, event.source, event.file) = (source.participant, source.source, name)
                (event.number, event.start, event.tracks) = (number, described.start, described.tracks)
                event.base = base
            }
            writeManifest()
            overcame()
            return segment
        } catch {
            failed("\(error)")
            return nil
        }
    }

    func close(_ source: SourceRecorder, _ segment: SegmentWriter, error: ContainerError?) {
        if let error { failed("\(error)") }
        let name = segment.path.split(separator: "/").last.map(String.init) ?? segment.path
        var described = describe(segment, source, name)
        do {
            let result = try Finaliser.finalise(segment.path)
            described.state = .finalised
            described.bytes = result.size
            metrics.ended(isFinalised: true)
        } catch {
            described.state = .fragmented
            metrics.ended(isFinalised: false)
            logger.error(
                "a recording could not be finalised; it plays as it is", metadata: ["error": "\(error)"])
        }
        if let index = manifest.segments.firstIndex(where: { $0.file == name }) {
            described.start = manifest.segments[index].start
            manifest.segments[index] = described
        }
        writeManifest()
    }

    func written(_ segment: SegmentWriter) { synchronizer.synchronize(segment.file) }

    func requestKeyframe(_ track: UInt32) { callbacks.requestKeyframe(track) }

    func lost(_ source: SourceRecorder, track: UInt32, packets: Int, reason: String) {
        let before = losses[track]?.packets ?? 0
        losses[track] = (source.participant, before + packets, reason)
    }

    private func describe(
        _ segment: SegmentWriter, _ source: SourceRecorder, _ name: String
    ) -> MeetingManifest.Segment {
        let clock = segment.tracks.lazy.compactMap { [clocks] in clocks[$0.id] }.first
        let start =
            clock.map {
                // Wraps on absurd times rather than trap on them.
                timeline.time(ofServer: $0.serverTime &+ (segment.base &- $0.nanoseconds) / 1000)
            }
            ?? time
        return .init(
            file: name, participant: source.participant, source: source.source, number: segment.number,
            start: start,
            duration: segment.duration / 1000, bytes: segment.bytes,
            tracks: segment.tracks.map { track in
                .init(
                    track: track.id, kind: track.description.kind.rawValue,
                    codec: track.description.codec.rawValue,
                    width: track.description.video?.width, height: track.description.video?.height,
                    sampleRate: track.description.audio?.sampleRate,
                    channels: track.description.audio?.channels,
                    packets: track.packets)
            }, state: .writing)
    }
}

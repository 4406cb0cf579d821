import Logging
import Media

/// The work behind ``MeetingRecorder``: which source a track belongs to, the folder, the journal, the manifest.
///
/// Confined to the writer that runs its meeting; nothing here waits for the disk but for the page cache. The folder is made with the first track or line of chat while it records: a room in
/// which nothing happens, or that is never recorded, leaves nothing behind.
final class RecordingSession {
    let room: String
    let services: RecorderServices
    let callbacks: RecorderCallbacks
    let voice: RoomVoice
    private(set) var logger: Logger
    private(set) var folder: MeetingFolder?
    /// Which of the room's meetings it is.
    private let meeting: UInt64
    /// When the meeting was interrupted, and who published then and has not come back.
    var interruption: (end: Int64, publishers: Set<String>)?
    /// What finalises files and writes the manifest, as soon as there is a folder.
    private(set) var upkeep: MeetingUpkeep?
    private let madeFolder: (MeetingUpkeep) -> Void
    /// What the manifest will begin with.
    private var early: MeetingManifest
    private(set) var sources: [String: SourceRecorder] = [:]
    /// Each track, and which source it belongs to: one look for each packet.
    private var places: [UInt32: (source: SourceRecorder, track: RecordedTrack)] = [:]
    var fileStems = FileStems()
    var segmentCounts: [String: Int] = [:]
    /// Those who are in the room.
    var people: [String: Person] = [:]
    /// Since when participants are away, as far as it is recorded and not journalled as a gap.
    var absences: [String: MonotonicTime] = [:]
    /// What was said of each track last: a time stamp, the same in nanoseconds, the server's clock in microseconds.
    var clocks: [UInt32: ClockReading] = [:]
    var clockAllowance = ClockAllowance()
    private(set) var descriptions: [UInt32: TrackDescription] = [:]
    /// What the journal begins with as soon as there is one.
    var earlyEvents: [Journal.Event] = []
    var losses = LossReport()
    /// What cannot be written now, and why, by what it is.
    var troubles: [String: String] = [:]
    /// Files whose last fragment the disk has refused.
    var unwritten: [UnwrittenFragment] = []
    var space: DiskSpace
    var nextSpaceCheck: MonotonicTime
    var control: RecordingControl
    var timeline: MeetingTimeline
    /// Bytes of all sources that are kept for a recording that may begin.
    var preRollBytes = 0
    private(set) var now: MonotonicTime
    private var nextFolder = MonotonicTime(nanoseconds: .min)
    private static let retryInterval: Int64 = 2_000_000_000

    /// Somebody who is in the room.
    struct Person {
        let name: String
        let address: UInt64?
        var allowance: OpeningAllowance
    }

    init(
        room: String, meeting: UInt64, control: RecordingControl, callbacks: RecorderCallbacks,
        voice: RoomVoice,
        services: RecorderServices, madeFolder: @escaping (MeetingUpkeep) -> Void
    ) {
        self.room = room
        self.meeting = meeting
        self.services = services
        self.callbacks = callbacks
        self.voice = voice
        self.control = control
        self.madeFolder = madeFolder
        logger = services.logger
        logger[metadataKey: "room"] = "\(room)"
        let wall = services.clock.wallNanoseconds()
        now = services.clock.now()
        timeline = MeetingTimeline(start: now, wall: wall)
        nextSpaceCheck = now
        space = DiskSpace(
            warnBelow: services.configuration.warnBelowBytes, stopBelow: services.configuration.stopBelowBytes
        )
        early = MeetingManifest(
            meeting: "", room: room, started: WallTime.text(wall), software: services.software)
    }

    var configuration: ArchiveConfiguration { services.configuration }
    var metrics: RecordingMetrics { services.metrics }

    /// Microseconds of the meeting now.
    var time: Int64 { timeline.time(at: now) }

    /// Whether there is nothing of the meeting yet, and nothing is to be kept: who comes and goes is of no interest then.
    var isDormant: Bool { folder == nil && control.wish != .recording }

    // MARK: events

    /// - Parameter now: when it came.
    func handle(_ event: MeetingRecorder.Event, now: MonotonicTime) {
        self.now = max(self.now, now)
        switch event {
        case .packet(let id, let packet, let sequence): record(packet, id, sequence)
        case .joined(let participant, let name, let address): joined(participant, name, address)
        case .left(let participant, let reason): left(participant, reason)
        case .away(let participant, let time): away(participant, time)
        case .returned(let participant, let time): returned(participant, time)
        case .trackAdded(let id, let participant, let description): add(id, participant, description)
        case .trackRemoved(let id): remove(id)
        case .overflowed(let id, let packets):
            guard let source = source(of: id), !isDormant else { return }
            lost(source, track: id, packets: packets, reason: "the server was too slow")
        case .clock(let id, let pts, let serverTime): clock(id, pts, serverTime)
        case .chatLost(let lines):
            guard control.wish == .recording else { return }
            journal("gap") {
                ($0.packets, $0.reason) = (lines, "there was no room for so many lines of chat")
            }
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

    private func record(_ packet: Packet, _ id: UInt32, _ sequence: UInt32?) {
        guard let (source, track) = places[id] else { return }
        if let missing = source.arrived(track, sequence: sequence, at: now), control.wish == .recording {
            lost(source, track: id, packets: missing, reason: "the connection was lost")
        }
        switch control.wish {
        case .recording where space.level == .full:
            lost(source, track: id, packets: 1, reason: "the disk is full")
        case .recording:
            source.append(packet, track, now: now)
            // A stop and a start that follow one another do not wait for a keyframe.
            keep(packet, track, source)
        case .off, .stopped: keep(packet, track, source)
        case .paused: break
        }
    }

    private func joined(_ participant: String, _ name: String, _ address: UInt64?) {
        people[participant] = Person(
            name: name, address: address,
            allowance: services.allowances.come(to: room, from: address, now: now))
        let time = time
        changeManifest { $0.join(participant, name: name, time: time) }
        journal("join") { ($0.participant, $0.name) = (participant, name) }
        journalInterruption(of: participant)
    }

    private func left(_ participant: String, _ reason: String) {
        let (time, isDormant) = (time, isDormant)
        changeManifest { manifest in
            guard let index = manifest.participants.lastIndex(where: { $0.id == participant }) else { return }
            if isDormant {
                manifest.participants.remove(at: index)
            } else {
                manifest.participants[index].left = time
            }
        }
        if let person = people.removeValue(forKey: participant) {
            services.allowances.leave(room, to: person.address, person.allowance, now: now)
        }
        absences[participant] = nil
        journal("leave") { ($0.participant, $0.reason) = (participant, reason) }
    }

    private func away(_ participant: String, _ time: MonotonicTime) {
        // A network that vanished says nothing: it is gone since the last that came, whenever that was noticed.
        let last = sources.values.filter { $0.participant == participant }.compactMap(\.lastArrival).max()
        absences[participant] = min(time, last ?? time)
        journal("away") { $0.participant = participant }
    }

    private func returned(_ participant: String, _ time: MonotonicTime) {
        guard let since = absences.removeValue(forKey: participant) else { return }
        for source in sources.values where source.participant == participant { source.resumes() }
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
        descriptions[id] = description
        places[id] = (recorder, recorder.add(id, description))
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
        guard let recorder = places.removeValue(forKey: id)?.source else { return }
        recorder.remove(id, now: now)
        if recorder.isEmpty {
            sources[recorder.key] = nil
            overcame(recorder.key)
        }
        countPreRoll()
        descriptions[id] = nil
        clocks[id] = nil
        clockAllowance.forget(id)
        journal("untrack") { ($0.participant, $0.track) = (recorder.participant, id) }
    }

    func source(of id: UInt32) -> SourceRecorder? { places[id]?.source }

    // MARK: time

    /// Whether the free space is of interest. Once the disk was full it is until there is room again, also if nothing is recorded
    /// any more: otherwise the server would say so for good.
    private var looksAtSpace: Bool {
        space.level == .full || (control.wish == .recording && !sources.isEmpty)
    }

    /// When ``tick(now:)`` has something to do. Never in a room that is not recorded, whoever is there, unless the disk is full.
    var deadline: MonotonicTime? {
        var first: MonotonicTime = looksAtSpace ? nextSpaceCheck : .distantFuture
        for source in sources.values { if let due = source.deadline { first = min(first, due) } }
        for fragment in unwritten { first = min(first, fragment.due) }
        if let due = losses.due { first = min(first, due) }
        if let due = control.deferred?.due { first = min(first, due) }
        return first == .distantFuture ? nil : first
    }

    func tick(now: MonotonicTime) {
        self.now = max(self.now, now)
        for source in sources.values { source.tick(now: now) }
        countPreRoll()
        if !unwritten.isEmpty { writeAgain() }
        if let due = losses.due, now >= due { reportLosses() }
        if let start = control.deferred, now >= start.due { handle(.start, start.participant, start.name) }
        if looksAtSpace, now >= nextSpaceCheck { checkSpace() }
    }

    func finish(now: MonotonicTime) {
        self.now = max(self.now, now)
        for source in sources.values { source.finish(now: now) }
        writeAgain(isLast: true)
        reportLosses(isLast: true)
        for (_, person) in people {
            services.allowances.leave(room, to: person.address, person.allowance, now: now)
        }
        services.health.set(.writing, of: room, nil)
        services.health.set(.full, of: room, nil)
        guard let upkeep else { return }
        journal("end") { _ in }
        let end = WallTime.text(timeline.wall(at: now))
        // From here on only the upkeep keeps the journal open, and lets go of it with the last manifest.
        folder = nil
        upkeep.end { $0.ended = end }
        voice.tell(.stopped, nil)
    }

    // MARK: folder, journal, manifest

    func makeFolder() {
        guard folder == nil, now >= nextFolder else { return }
        do {
            let made = try MeetingFolder(
                archive: configuration.path, room: room, wall: timeline.wall, voice: voice)
            folder = made
            early.meeting = made.name
            logger.info("recording a meeting", metadata: ["folder": "\(made.path)"])
            keep(made, early)
            early.participants = []
            journal("start") { event in
                (event.wall, event.room) = (timeline.wall / 1000, room)
                event.meeting = String(meeting, radix: 16)
            }
            for event in earlyEvents { write(event) }
            earlyEvents = []
            overcame("folder")
        } catch {
            nextFolder = now + Self.retryInterval
            failed("folder", error)
        }
    }

    private func keep(_ folder: MeetingFolder, _ manifest: MeetingManifest) {
        let made = MeetingUpkeep(
            path: folder.path, journal: folder.journal.file, manifest: manifest, services: services,
            logger: logger)
        upkeep = made
        madeFolder(made)
    }

    /// Takes the folder of a meeting that goes on, and what its manifest says.
    func reopen(_ folder: MeetingFolder, _ known: MeetingManifest) {
        self.folder = folder
        var manifest = known
        manifest.ended = nil
        manifest.software.merge(services.software) { _, own in own }
        for segment in known.segments {
            let person = known.participants.last { $0.id == segment.participant }?.name ?? segment.participant
            let stem = fileStems.stem(of: segment.participant, name: person)
            // Also what is before the number, whatever names files had when it was made.
            let written = segment.file.split(separator: "-").dropLast().joined(separator: "-")
            for key in Set(["\(stem)-\(FileName.source(segment.source))", written]) {
                segmentCounts[key] = max(segmentCounts[key] ?? 0, segment.number)
            }
        }
        keep(folder, manifest)
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
            services.synchronizer.synchronize(journal.file)
            overcame("journal")
        } catch { failed("journal", .container(error)) }
    }

    func changeManifest(_ change: (inout MeetingManifest) -> Void) {
        if let upkeep { upkeep.change(change) } else { change(&early) }
    }

    func requestKeyframe(_ track: UInt32) { callbacks.requestKeyframe(track) }
}

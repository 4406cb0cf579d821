import Logging
import Media

/// Starting, stopping and pausing, by people and by the disk.
extension RecordingSession {
    // MARK: by people

    /// Does what a participant asks for, tells everybody the state that follows, and this participant where there is
    /// more to say.
    func handle(_ action: MeetingRecorder.Action, _ participant: String, _ name: String) {
        switch control.handle(action, by: name, of: participant, now: now) {
        case .unchanged: callbacks.answered(participant, .unchanged)
        case .refused(let reason): callbacks.answered(participant, .refused(reason))
        case .deferred:
            let text = "It is started and stopped very often; it starts by itself in two seconds."
            callbacks.answered(participant, .refused(text))
        case .changed(let before):
            switch control.wish {
            case .recording: start(from: before, participant, name)
            case .stopped: stop(from: before, participant, name)
            case .paused: pause(participant, name)
            case .off: break
            }
            let (state, reason) = control.state
            tell(state, reason, always: true)
            guard control.wish == .recording else { return }
            if let reason, state != .recording { callbacks.answered(participant, .refused(reason)) }
            if space.level == .low { checkSpace(isReminder: true) }
        }
    }

    private func start(from before: RecordingControl.Wish, _ participant: String, _ name: String) {
        checkSpace()
        if folder == nil { beginMeeting() }
        if before == .paused { endPause() }
        journalControl("record", participant, name)
        for track in clocks.keys.sorted() { journalClock(track) }
        absences = absences.mapValues { _ in now }
        if !descriptions.isEmpty { makeFolder() }
        var begun: Set<UInt32> = []
        // What a full disk cannot take is not kept for later: it would be from another time.
        for source in sources.values where space.level != .full { begun.formUnion(source.begin(now: now)) }
        if space.level == .full { for source in sources.values { source.forget() } }
        countPreRoll()
        requestKeyframes(but: begun)
    }

    private func stop(from before: RecordingControl.Wish, _ participant: String, _ name: String) {
        if before == .paused { endPause() } else if before == .recording { finishFiles() }
        journalControl("stop", participant, name)
    }

    private func pause(_ participant: String, _ name: String) {
        finishFiles()
        for source in sources.values { source.forget() }
        countPreRoll()
        journalControl("pause", participant, name)
        timeline.pause(at: now)
    }

    /// What is recorded ends here, and what is missing in it with it.
    private func finishFiles() {
        for source in sources.values { source.finish(now: now) }
        reportLosses()
        for (participant, since) in absences.sorted(by: { $0.key < $1.key }) {
            journalAbsence(of: participant, since: since, until: now)
        }
    }

    /// Time goes on. What was captured before now and is still on its way belongs to the pause.
    private func endPause() {
        timeline.resume(at: now)
        for source in sources.values {
            guard let clock = clock(of: source) else { continue }
            source.exclude(
                before: clock.nanoseconds &+ (now.nanoseconds &- clock.serverTime &* 1000), now: now)
        }
    }

    /// The first thing to be recorded: the meeting's time begins with it, and with those who are there.
    private func beginMeeting() {
        timeline.begin(at: firstCapture)
        let started = WallTime.text(timeline.wall)
        var present: [MeetingManifest.Participant] = []
        changeManifest { manifest in
            manifest.started = started
            manifest.participants.removeAll { $0.left != nil }
            for index in manifest.participants.indices { manifest.participants[index].joined = 0 }
            present = manifest.participants
        }
        earlyEvents = present.map { participant in
            var event = Journal.Event(time: 0, event: "join")
            (event.participant, event.name) = (participant.id, participant.name)
            return event
        }
        for track in descriptions.keys.sorted() { journal(track: track) }
        for participant in absences.keys.sorted() { journal("away") { $0.participant = participant } }
    }

    /// When the first of what is kept was captured.
    private var firstCapture: MonotonicTime {
        let captures = sources.values.compactMap { source -> MonotonicTime? in
            guard let start = source.preRollStart, let clock = clock(of: source) else { return nil }
            return MonotonicTime(
                nanoseconds: clock.serverTime &* 1000 &+ (start &- clock.nanoseconds))
        }
        // A publisher can say anything of its clock.
        let earliest = now + -Int64((configuration.preRollSeconds + 1) * 1e9)
        return min(now, max(earliest, captures.min() ?? now))
    }

    private func clock(of source: SourceRecorder) -> ClockReading? {
        source.trackNumbers.lazy.compactMap { self.clocks[$0] }.first
    }

    private func journalControl(_ name: String, _ participant: String, _ person: String) {
        journal(name) { event in
            (event.participant, event.name) = (participant, person)
            event.wall = timeline.wall(at: now) / 1000
        }
    }

    /// Writes what was said of a track's clock last, on the time line of the present stretch.
    func journalClock(_ track: UInt32) {
        guard let clock = clocks[track] else { return }
        journal("clock") { event in
            (event.track, event.pts) = (track, clock.pts)
            event.time = timeline.time(ofServer: clock.serverTime)
        }
    }

    // MARK: what is kept for a recording that may begin

    /// Keeps a packet for a recording that may begin.
    func keep(_ packet: Packet, _ track: RecordedTrack, _ source: SourceRecorder) {
        let before = source.preRollBytes
        let room = configuration.preRollBytes - (preRollBytes - before)
        source.keep(packet, track, limit: min(configuration.preRollBytes / 2, room), now: now)
        preRollBytes += source.preRollBytes - before
    }

    /// Counts again what is kept, after more than one source has changed.
    func countPreRoll() { preRollBytes = sources.values.reduce(0) { $0 + $1.preRollBytes } }

    private func requestKeyframes(but begun: Set<UInt32>) {
        for (id, description) in descriptions where description.kind == .video && !begun.contains(id) {
            callbacks.requestKeyframe(id)
        }
    }

    // MARK: by the disk

    private static let spaceCheckInterval: Int64 = 1_000_000_000

    /// Looks at the disk: warns, finishes all files while there is room for their indices, goes on when there is room again.
    /// - Parameter isReminder: warns where it was warned of before.
    func checkSpace(isReminder: Bool = false) {
        nextSpaceCheck = now + Self.spaceCheckInterval
        guard let free = DiskSpace.free(configuration.path) else { return }
        guard let level = space.update(free: free) ?? (isReminder ? space.level : nil) else { return }
        let left = "\(free / 1_000_000) MB are left on the disk of the archive"
        switch level {
        case .enough:
            services.health.set(.full, of: room, nil)
            goOn("there is room again")
        case .low:
            services.health.set(.full, of: room, nil)
            logger.warning("the disk is nearly full", metadata: ["free": "\(free)"])
            goOn("the disk is nearly full: \(left)")
        case .full:
            services.health.set(.full, of: room, left)
            control.obstacle = .diskFull("the disk is full: \(left)")
            if control.wish == .recording { for source in sources.values { source.finish(now: now) } }
            tell(control.state.state, control.state.reason)
        }
    }

    /// Records, where it is wanted, and says why this is worth saying.
    private func goOn(_ reason: String) {
        var wasFull = false
        if case .diskFull = control.obstacle {
            wasFull = true
            control.obstacle = troubles.min { $0.key < $1.key }.map { .failure($0.value) }
        }
        guard control.state.state == .recording else { return }
        tell(.recording, reason, always: true)
        if wasFull { requestKeyframes(but: []) }
    }

    // MARK: what the room is told

    /// Tells the room the state, where it is another one than it was told last.
    /// - Parameter always: also where only the reason is another one.
    func tell(_ state: RecorderCallbacks.State, _ reason: String?, always: Bool = false) {
        voice.tell(state, reason, always: always)
    }

    /// `what` cannot be written.
    func failed(_ what: String, _ error: ArchiveError) {
        metrics.failed()
        troubles[what] = error.forParticipants
        services.health.set(.writing, of: room, error.description)
        tellOfTroubles()
    }

    /// `what` could be written.
    func overcame(_ what: String) {
        guard troubles.removeValue(forKey: what) != nil else { return }
        if troubles.isEmpty { services.health.set(.writing, of: room, nil) }
        tellOfTroubles()
    }

    private func tellOfTroubles() {
        if case .diskFull = control.obstacle { return }
        control.obstacle = troubles.min { $0.key < $1.key }.map { .failure($0.value) }
        tell(control.state.state, control.state.reason)
    }
}

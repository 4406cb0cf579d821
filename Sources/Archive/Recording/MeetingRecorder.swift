import Logging
public import Media
import Synchronization

/// Records one meeting: every track into MP4 files, every event into the journal.
///
/// Every method may be called from any thread, event loops included: it puts the event into a bounded inbox, and one of the
/// writers, which all meetings have in common, does the work. A meeting in which nothing happens costs no thread. Events of one
/// track must come in their order. Where the disk is so slow that the inbox is full, packets are lost, for video up to the next
/// keyframe, and the journal says so; see ``RecorderInbox`` for what becomes of everything else.
public final class MeetingRecorder: Sendable {
    enum Event: Sendable {
        case joined(participant: String, name: String, address: UInt64?)
        case left(participant: String, reason: String)
        case away(participant: String, time: MonotonicTime)
        case returned(participant: String, time: MonotonicTime)
        case trackAdded(UInt32, participant: String, TrackDescription)
        case trackRemoved(UInt32)
        case packet(UInt32, Packet, sequence: UInt32?)
        case overflowed(UInt32, packets: Int)
        case clock(UInt32, pts: Int64, serverTime: Int64)
        case chat(participant: String, name: String, text: String, wall: Int64)
        case chatLost(lines: Int)
        case control(Action, participant: String, name: String)
    }

    /// What a participant may ask for.
    public enum Action: Sendable {
        /// Record from now on; what each source keeps of the moments before comes first.
        case start
        /// Finish the files. The meeting's time goes on.
        case stop
        /// Finish the files. The meeting's time stands still until the next start or stop.
        case pause
    }

    let room: String
    let voice: RoomVoice
    private let inbox: RecorderInbox
    private let services: RecorderServices
    private let place = DeadlinePool.Place()
    private let callbacks: RecorderCallbacks
    private let ended = Completion()
    /// What keeps the manifest, once there is a folder.
    private let upkeep = UpkeepBox()

    /// What was before, where the meeting is one that goes on.
    public let past: MeetingPast?
    /// Whether it records at first, as far as that is a matter of wishes.
    public let initialState: RecorderCallbacks.State

    init(
        room: String, meeting: UInt64, records: Bool, continuing continuation: MeetingContinuation?,
        people: [String], callbacks: RecorderCallbacks, services: RecorderServices
    ) {
        self.room = room
        self.services = services
        self.callbacks = callbacks
        past = continuation.map {
            MeetingPast(meeting: $0.meeting, participants: people, lastTrack: $0.lastTrack)
        }
        let inbox = RecorderInbox(
            capacity: services.configuration.queueBytes, memory: services.configuration.memory)
        self.inbox = inbox
        let now = services.clock.now()
        let control =
            continuation.map {
                RecordingControl(wish: $0.initialWish(records: records), request: $0.request, now: now)
            } ?? RecordingControl(records: records, now: now)
        initialState = control.state.state
        voice = RoomVoice(control.state, callback: callbacks.stateChanged)
        let session = RecordingSession(
            room: room, meeting: meeting, control: control, callbacks: callbacks, voice: voice,
            services: services, madeFolder: { [upkeep] made in upkeep.value.withLock { $0 = made } })
        services.writers.enter(
            RecorderWork(
                session, continuing: continuation, inbox, services, place: place, ended: ended),
            at: place)
        // To go on with a meeting is work for the disk.
        if continuation != nil { wake(.now) }
    }

    /// Somebody came into the room.
    /// - Parameter address: tells apart where participants come from; the same for the same place.
    public func joined(participant: String, name: String, address: UInt64? = nil) {
        wake(inbox.joined(participant, name: name, address: address, at: services.clock.now()))
    }

    /// Somebody left the room; all their tracks were removed before.
    public func left(participant: String, reason: String) {
        wake(inbox.left(participant, reason: reason, at: services.clock.now()))
    }

    /// The connection of a participant broke at `time`. Its tracks stay.
    public func away(participant: String, time: MonotonicTime) {
        say(.away(participant: participant, time: time), of: participant)
    }

    /// The participant is back since `time`, with the tracks that it had.
    public func returned(participant: String, time: MonotonicTime) {
        say(.returned(participant: participant, time: time), of: participant)
    }

    /// A track begins. Its packets follow.
    public func trackAdded(_ track: UInt32, participant: String, description: TrackDescription) {
        wake(inbox.trackAdded(track, participant: participant, description, at: services.clock.now()))
    }

    /// A track has ended. No packet of it follows.
    public func trackRemoved(_ track: UInt32) { wake(inbox.trackRemoved(track, at: services.clock.now())) }

    /// One packet of a track.
    /// - Parameter sequence: counts what its publisher has sent of the track.
    public func packet(_ track: UInt32, _ packet: Packet, sequence: UInt32? = nil) {
        wake(inbox.packet(track, packet, sequence: sequence, at: services.clock.now()))
    }

    /// The publisher says that `pts` of the track is `serverTime`, microseconds of the server's monotonic clock.
    public func clock(_ track: UInt32, pts: Int64, serverTime: Int64) {
        wake(inbox.clock(track, pts: pts, serverTime: serverTime, at: services.clock.now()))
    }

    /// Somebody wrote a line. `wall` is in microseconds of the Unix epoch.
    public func chat(participant: String, name: String, text: String, wall: Int64) {
        wake(
            inbox.chat(
                participant: participant, name: name, text: text, wall: wall, at: services.clock.now()))
    }

    /// A participant asks to start, stop or pause the recording. What follows is told by the callbacks.
    public func control(_ action: Action, participant: String, name: String) {
        let event = Event.control(action, participant: participant, name: name)
        guard !say(event, of: participant + name) else { return }
        callbacks.answered(
            participant, .refused("The server has too much to record at the moment. Try again in a second."))
    }

    /// The meeting is over. What was handed in before is still recorded; nothing that comes later.
    public func close() {
        inbox.close(at: services.clock.now())
        wake(.now)
    }

    /// Returns when the meeting is closed and all its files are finalised.
    public func waitUntilFinished() async {
        await ended.wait()
        await upkeep.value.withLock { $0 }?.ended.wait()
    }

    /// Whether the meeting is closed and all its files are finalised.
    var isFinished: Bool { ended.isFinished && upkeep.value.withLock { $0 }?.ended.isFinished != false }

    /// Returns when everything that was handed in before ``close()`` is written, or after `nanoseconds`.
    func waitUntilWritten(atMost nanoseconds: Int64) async { await ended.wait(atMost: nanoseconds) }

    /// What keeps the manifest, once there is a folder.
    var keeper: MeetingUpkeep? { upkeep.value.withLock { $0 } }

    @discardableResult
    private func say(_ event: Event, of participant: String) -> Bool {
        let wake = inbox.say(event, bytes: participant.utf8.count, at: services.clock.now())
        if let wake { self.wake(wake) }
        return wake != nil
    }

    private func wake(_ wake: RecorderInbox.Wake) {
        switch wake {
        case .no: break
        case .later:
            services.writers.schedule(place, at: RecorderBeat.collecting(from: MediaClock.system.now()))
        case .now: services.writers.schedule(place, at: MediaClock.system.now())
        }
    }
}

/// The instants at which meetings are served, of all meetings the same: one waking does for all that are due, and what one source
/// of a meeting waits for is done with what the others do.
private enum RecorderBeat {
    /// Nanoseconds between them.
    private static let interval: Int64 = 40_000_000
    /// Nanoseconds for which packets are collected at most, unless the first writer is held up. A crash loses them as it does the
    /// open fragment, which is much longer; to wake a thread for each packet costs as much as to relay it to ten.
    private static let lingering: Int64 = 80_000_000

    /// The last at which what comes now is served.
    static func collecting(from now: MonotonicTime) -> MonotonicTime {
        let end = now.nanoseconds &+ lingering
        return MonotonicTime(nanoseconds: end - end % interval)
    }

    /// The first that is not before `time`.
    static func next(_ time: MonotonicTime) -> MonotonicTime {
        let end = time.nanoseconds &+ (interval - 1)
        return MonotonicTime(nanoseconds: end - end % interval)
    }
}

/// Where the recorder's session leaves what keeps the manifest.
private final class UpkeepBox: Sendable {
    let value = Mutex<MeetingUpkeep?>(nil)
}

/// What a writer does for one meeting.
final class RecorderWork: DeadlineJob, @unchecked Sendable {
    // SAFETY: the pool never runs a job on two threads at once; all mutable state is only touched while it runs.
    private let session: RecordingSession
    private var batch: [RecorderInbox.Entry] = []
    private var position = 0
    /// The meeting that goes on, until it does.
    private var continuation: MeetingContinuation?

    private let inbox: RecorderInbox
    private let services: RecorderServices
    private let place: DeadlinePool.Place
    private let ended: Completion
    private let isLate = Mutex(false)
    /// Events that are handled before other meetings have their turn.
    private static let share = 256

    init(
        _ session: RecordingSession, continuing continuation: MeetingContinuation?, _ inbox: RecorderInbox,
        _ services: RecorderServices, place: DeadlinePool.Place, ended: Completion
    ) {
        self.session = session
        self.continuation = continuation
        self.inbox = inbox
        self.services = services
        self.place = place
        self.ended = ended
    }

    func run() -> MonotonicTime? {
        if let past = continuation.take() { session.goOn(with: past) }
        var hasTaken = false
        if position == batch.count {
            batch.removeAll(keepingCapacity: batch.count < Self.share)
            position = 0
            hasTaken = true
            if inbox.take(&batch) {
                session.finish(now: services.clock.now())
                services.writers.leave(place)
                setInTime()
                ended.finish()
                return nil
            }
        }
        let end = min(batch.count, position + Self.share)
        for index in position..<end { session.handle(batch[index].take(), now: batch[index].arrival) }
        let isBehind = end < batch.count
        inbox.release(batch[position..<end], next: isBehind ? batch[end].arrival : nil)
        if isBehind {
            position = end
        } else {
            batch.removeAll(keepingCapacity: batch.count < Self.share)
            position = 0
        }
        // What still waits came before now.
        session.tick(now: isBehind ? batch[end].arrival : services.clock.now())
        if isBehind { return MediaClock.system.now() }
        setInTime()
        // What came since the last look into the inbox may have used up its wake on this very run, and nothing wakes for the end
        // twice: it is looked into once more.
        if !hasTaken || inbox.isClosed { return MediaClock.system.now() }
        return instant(of: session.deadline)
    }

    /// Says how late the meeting is, where it is later than a second. Any thread.
    /// - Returns: nanoseconds.
    func checkLateness(now: MonotonicTime) -> Int64 {
        // Under the lock, so that a writer that has caught up meanwhile says so behind it.
        isLate.withLock { isLate in
            let lateness = inbox.oldest.map { now - $0 } ?? 0
            guard lateness > Self.mostLateness else { return lateness }
            isLate = true
            let seconds = lateness / 1_000_000_000
            say("what comes in is recorded \(seconds) s late: the server's disk or processor is too slow")
            return lateness
        }
    }

    /// Nanoseconds that an event may wait.
    private static let mostLateness: Int64 = 1_000_000_000

    /// Everything that came is recorded.
    private func setInTime() {
        isLate.withLock { isLate in
            guard isLate else { return }
            isLate = false
            say(nil)
        }
    }

    private func say(_ reason: String?) {
        services.health.set(.late, of: session.room, reason)
        session.voice.set(.late, reason)
    }

    /// The instant of the machine's clock, by which threads wait, for one of the recorder's.
    private func instant(of deadline: MonotonicTime?) -> MonotonicTime? {
        let now = services.clock.now()
        return deadline.map { RecorderBeat.next(MediaClock.system.now() + ($0 > now ? $0 - now : 0)) }
    }
}

import Logging
public import Media
import Synchronization

/// Records one meeting: every track into MP4 files, every event into the journal.
///
/// Every method may be called from any thread, event loops included: it puts the event into a bounded queue, and a
/// thread of the recorder's own does the work. Events of one track must come in their order. Where the disk is so slow
/// that the queue is full, packets are lost, for video up to the next keyframe, and the journal says so. One participant
/// can fill half of it.
public final class MeetingRecorder: Sendable {
    enum Event: Sendable {
        case joined(participant: String, name: String)
        case left(participant: String, reason: String)
        case away(participant: String, time: MonotonicTime)
        case returned(participant: String, time: MonotonicTime)
        case trackAdded(UInt32, participant: String, TrackDescription)
        case trackRemoved(UInt32)
        case packet(UInt32, Packet)
        case overflowed(UInt32, packets: Int)
        case clock(UInt32, pts: Int64, serverTime: Int64)
        case chat(participant: String, name: String, text: String, wall: Int64)
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

    private let mailbox: Mailbox<Event>
    private let thread: BlockingThread
    private let backlog: RecorderBacklog
    /// Packets that found no room, of tracks that have not resumed yet.
    private let overflow = Mutex<[UInt32: Int]>([:])

    /// What was before, where the meeting is one that goes on.
    public let past: MeetingPast?
    /// Whether it records at first, as far as that is a matter of wishes.
    public let initialState: RecorderCallbacks.State

    init(
        room: String, meeting: UInt64, records: Bool, continuing continuation: MeetingContinuation?,
        people: [String], configuration: ArchiveConfiguration, callbacks: RecorderCallbacks,
        synchronizer: DiskSynchronizer, upkeep: ArchiveUpkeep, metrics: RecordingMetrics,
        software: [String: String], logger: Logger, clock: MediaClock
    ) throws(ThreadError) {
        past = continuation.map {
            MeetingPast(meeting: $0.meeting, participants: people, lastTrack: $0.lastTrack)
        }
        let control =
            continuation.map { RecordingControl(wish: $0.wish, request: $0.request, now: clock.now()) }
            ?? RecordingControl(records: records, now: clock.now())
        initialState = control.state.state
        let mailbox = Mailbox<Event>(capacity: configuration.queueBytes)
        self.mailbox = mailbox
        let backlog = RecorderBacklog(share: configuration.queueBytes / 2)
        self.backlog = backlog
        let start = (monotonic: clock.now(), wall: clock.wallNanoseconds())
        thread = try BlockingThread("rec-\(room)") {
            let session = RecordingSession(
                room: room, meeting: meeting, records: records, continuing: continuation, start: start,
                configuration: configuration,
                callbacks: callbacks, synchronizer: synchronizer, upkeep: upkeep, metrics: metrics,
                software: software,
                logger: logger)
            func handle(_ event: Event) {
                session.handle(event, now: clock.now())
                switch event {
                case .packet(let id, let packet): backlog.release(Self.cost(packet), of: id)
                case .trackRemoved(let id): backlog.end(id)
                default: break
                }
            }
            while true {
                let deadline = Self.instant(of: session.deadline, clock)
                switch mailbox.next(until: deadline, lingering: Self.lingering) {
                case .item(let event): handle(event)
                case .timeout: break
                case .closed:
                    session.finish(now: clock.now())
                    return
                }
                // What came with it, but not so much that what becomes due meanwhile is late.
                for _ in 0..<Self.batch {
                    guard let event = mailbox.take() else { break }
                    handle(event)
                }
                session.tick(now: clock.now())
            }
        }
    }

    /// Nanoseconds for which packets are collected. A crash loses them as it does the open fragment, which is ten times
    /// as long; to wake the thread for each packet costs as much as to relay it to ten.
    private static let lingering: Int64 = 40_000_000
    /// Events that are handled before what has become due is done.
    private static let batch = 256

    /// Somebody came into the room.
    public func joined(participant: String, name: String) {
        mailbox.put(.joined(participant: participant, name: name), cost: 0)
    }

    /// Somebody left the room; all their tracks were removed before.
    public func left(participant: String, reason: String) {
        mailbox.put(.left(participant: participant, reason: reason), cost: 0)
    }

    /// Somebody's connection broke. Their tracks stay; ``returned(participant:)`` or the usual end follows.
    /// - Parameter time: when, by the recorder's clock.
    public func away(participant: String, time: MonotonicTime) {
        mailbox.put(.away(participant: participant, time: time), cost: 0)
    }

    /// Somebody whose connection broke is back; their files go on, from the next keyframe.
    /// - Parameter time: when, by the recorder's clock.
    public func returned(participant: String, time: MonotonicTime) {
        mailbox.put(.returned(participant: participant, time: time), cost: 0)
    }

    /// A track begins. Its packets follow.
    public func trackAdded(_ track: UInt32, participant: String, description: TrackDescription) {
        backlog.begin(track, of: participant)
        mailbox.put(.trackAdded(track, participant: participant, description), cost: 0)
    }

    /// A track has ended. No packet of it follows.
    public func trackRemoved(_ track: UInt32) {
        reportOverflow(track)
        mailbox.put(.trackRemoved(track), cost: 0)
    }

    /// One packet of a track.
    public func packet(_ track: UInt32, _ packet: Packet) {
        let isResuming = overflow.withLock { !$0.isEmpty && $0[track] != nil }
        if isResuming, !packet.isKeyframe {
            return overflow.withLock { $0[track, default: 0] += 1 }
        }
        let cost = Self.cost(packet)
        let hasRoom = backlog.reserve(cost, for: track)
        if hasRoom, mailbox.put(.packet(track, packet), cost: cost, canWait: true) {
            if isResuming { reportOverflow(track) }
        } else {
            if hasRoom { backlog.release(cost, of: track) }
            overflow.withLock { $0[track, default: 0] += 1 }
        }
    }

    /// The instant of the machine's clock, by which threads wait, for one of the recorder's.
    private static func instant(of deadline: MonotonicTime?, _ clock: MediaClock) -> MonotonicTime? {
        let now = clock.now()
        return deadline.map { MediaClock.system.now() + ($0 > now ? $0 - now : 0) }
    }

    /// The fixed part counts for the memory that even an empty packet takes.
    private static func cost(_ packet: Packet) -> Int { packet.payload.count + 128 }

    private func reportOverflow(_ track: UInt32) {
        if let packets = overflow.withLock({ $0.removeValue(forKey: track) }) {
            mailbox.put(.overflowed(track, packets: packets), cost: 0)
        }
    }

    /// The publisher says that `pts` of the track is `serverTime`, microseconds of the server's monotonic clock.
    public func clock(_ track: UInt32, pts: Int64, serverTime: Int64) {
        mailbox.put(.clock(track, pts: pts, serverTime: serverTime), cost: 0)
    }

    /// Somebody wrote a line. `wall` is in microseconds of the Unix epoch.
    public func chat(participant: String, name: String, text: String, wall: Int64) {
        mailbox.put(.chat(participant: participant, name: name, text: text, wall: wall), cost: 0)
    }

    /// A participant asks to start, stop or pause the recording. What follows is told by the callbacks.
    public func control(_ action: Action, participant: String, name: String) {
        mailbox.put(.control(action, participant: participant, name: name), cost: 0)
    }

    /// The meeting is over. What was handed in before is still recorded; nothing that comes later.
    public func close() { mailbox.close() }

    /// Whether the meeting is closed and all its files are finalised.
    var isFinished: Bool { thread.isFinished }

    /// Returns when the meeting is closed and all its files are finalised.
    public func waitUntilFinished() async { await thread.wait() }
}

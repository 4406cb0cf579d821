import Archive
import Display
import Media

/// Reads a meeting and hands each packet to its decoder shortly before its time; what happens besides, at its time.
///
/// Confined to a thread of its own, which waits for commands and for what is due.
final class ReplayFeeder {
    /// What a viewer asks for.
    enum Command: Sendable {
        /// Stand still, or go on.
        case pause
        /// Go so many microseconds on, or back.
        case skip(Int64)
        /// Go to a time of the meeting, microseconds.
        case goTo(Int64)
    }

    private let source: ReplaySource
    private let stage: ReplayStage
    private let playout: Playout
    private let clock: ReplayClock
    private let commands: Mailbox<Command>
    private let speed: Double
    private var pace: ReplayPace
    private var upcoming: ReplayItem?
    private var scheduled: [(instant: MonotonicTime, item: ReplayItem)] = []
    private var isPaused = false

    /// Nanoseconds after its time at which something is shown.
    static let delay: Int64 = 40_000_000
    /// Nanoseconds before its time at which a packet is handed to its decoder.
    private static let lookahead: Int64 = 200_000_000
    /// Nanoseconds between the start of the clock and the first picture: what a sound card needs.
    private static let lead: Int64 = 30_000_000
    /// Nanoseconds for which decoders may work before the clock starts.
    private static let patience: Int64 = 5_000_000_000
    private static let nap: Int64 = 1_000_000

    init(
        source: ReplaySource, stage: ReplayStage, playout: Playout, clock: ReplayClock,
        commands: Mailbox<Command>,
        speed: Double
    ) {
        self.source = source
        self.stage = stage
        self.playout = playout
        self.clock = clock
        self.commands = commands
        self.speed = speed
        pace = ReplayPace(start: 0, origin: clock.now(), speed: speed)
    }

    /// Replays from `start`, microseconds of the meeting, to the end, or until the commands are closed.
    func run(from start: Int64) {
        go(to: start)
        while upcoming != nil || !scheduled.isEmpty {
            switch commands.next(until: deadline) {
            case .closed: return
            case .item(let command): perform(command)
            case .timeout: step()
            }
        }
    }

    private func perform(_ command: Command) {
        switch command {
        case .pause:
            isPaused.toggle()
            if isPaused { hold() } else { release() }
        case .skip(let distance): go(to: pace.meetingTime(at: clock.now() + -Self.delay) + distance)
        case .goTo(let time): go(to: time)
        }
    }

    private func hold() {
        clock.stop()
        playout.isPaused = true
    }

    private func release() {
        playout.isPaused = false
        clock.start()
    }

    /// By the machine's clock; `nil` while the replay stands.
    private var deadline: MonotonicTime? {
        let packet = upcoming.map { pace.instant(of: $0.time) + -Self.lookahead }
        return [packet, scheduled.first?.instant].compactMap { $0 }.min().flatMap {
            clock.machineTime(of: $0)
        }
    }

    private func step() {
        let now = clock.now()
        if let next = scheduled.first, next.instant <= now {
            scheduled.removeFirst()
            show(next.item)
        } else if let item = upcoming, pace.instant(of: item.time) + -Self.lookahead <= now {
            feed(item)
            upcoming = source.next()
        }
    }

    /// Goes to `time` and waits, with a standing clock, until its pictures are decoded.
    private func go(to time: Int64) {
        hold()
        stage.interrupt()
        scheduled = []
        let start = min(max(0, time), source.duration)
        source.seek(to: start)
        pace = ReplayPace(start: start, origin: clock.now() + (Self.lead - Self.delay), speed: speed)
        upcoming = source.next()
        let limit = clock.now() + Self.lookahead
        while let item = upcoming, pace.instant(of: item.time) <= limit {
            if item.time <= start, case .joined(let participant, let name) = item.event {
                stage.joined(participant, name: name, isHere: true)
            } else {
                feed(item)
            }
            upcoming = source.next()
        }
        waitForDecoders()
        stage.removeStale()
        if isPaused { clock.skip(Self.lead) } else { release() }
    }

    private func waitForDecoders() {
        let end = MediaClock.system.now() + Self.patience
        while !stage.isIdle, MediaClock.system.now() < end {
            MediaClock.sleep(until: MediaClock.system.now() + Self.nap)
        }
    }

    private func feed(_ item: ReplayItem) {
        switch item.event {
        case .trackBegan(let track): stage.begin(track, pace: pace)
        case .packet(let track, let packet): stage.take(packet, of: track)
        case .trackEnded(let track):
            stage.end(track)
            schedule(item)
        case .joined, .left, .chat, .gap: schedule(item)
        }
    }

    private func schedule(_ item: ReplayItem) {
        scheduled.append((pace.instant(of: item.time) + Self.delay, item))
    }

    private func show(_ item: ReplayItem) {
        switch item.event {
        case .joined(let participant, let name): stage.joined(participant, name: name, isHere: false)
        case .left(let participant): stage.left(participant)
        case .trackEnded(let track): stage.removeTrack(track)
        case .chat(_, let name, let text): Output.line("\(name): \(text)")
        case .gap(let participant, let packets, let reason):
            stage.gap(participant, packets: packets, reason: reason)
        case .trackBegan, .packet: break
        }
    }
}

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
        /// So many steps faster, or slower where negative.
        case speed(Int)
    }

    private let source: ReplaySource
    private let stage: ReplayStage
    private let playout: Playout
    private let clock: ReplayClock
    private let commands: Mailbox<Command>
    private let state: ReplayState
    private let staysAtEnd: Bool
    private var speed: Double
    private var pace: ReplayPace
    private var upcoming: ReplayItem?
    private var scheduled: [(instant: MonotonicTime, item: ReplayItem)] = []
    private var isPaused = false
    private var isAtEnd = false

    /// Nanoseconds after its time at which something is shown.
    static let delay: Int64 = 40_000_000
    /// Nanoseconds before its time at which a packet is handed to its decoder.
    private static let lookahead: Int64 = 200_000_000
    /// Nanoseconds between the start of the clock and the first picture: what a sound card needs.
    private static let lead: Int64 = 30_000_000
    /// Nanoseconds for which decoders may work before the clock starts.
    private static let patience: Int64 = 5_000_000_000
    private static let nap: Int64 = 1_000_000
    /// Speeds that keys choose.
    private static let speeds = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4]
    /// Microseconds before the end at which somebody lands who skips beyond it.
    private static let lastLook: Int64 = 1_000_000

    /// - Parameter staysAtEnd: whether it waits for further commands at the end, with what is on display then.
    init(
        source: ReplaySource, stage: ReplayStage, playout: Playout, clock: ReplayClock,
        commands: Mailbox<Command>, state: ReplayState, speed: Double, staysAtEnd: Bool
    ) {
        self.source = source
        self.stage = stage
        self.playout = playout
        self.clock = clock
        self.commands = commands
        self.state = state
        self.staysAtEnd = staysAtEnd
        self.speed = speed
        pace = ReplayPace(start: 0, origin: clock.now(), speed: speed)
    }

    /// Replays from `start`, microseconds of the meeting, to the end, or until the commands are closed.
    func run(from start: Int64) {
        state.set(duration: source.duration)
        go(to: start)
        while true {
            if isOver {
                guard staysAtEnd else { return }
                stand()
            }
            switch commands.next(until: deadline) {
            case .closed: return
            case .item(let command): perform(command)
            case .timeout: step()
            }
        }
    }

    /// Whether nothing follows; at the end of a replay that stays there, nothing but that people leave.
    private var isOver: Bool {
        guard upcoming == nil else { return false }
        guard staysAtEnd else { return scheduled.isEmpty }
        return !isAtEnd && scheduled.allSatisfy { $0.item.isDeparture }
            && clock.now() >= pace.instant(of: source.duration) + Self.delay
    }

    /// Stands still at the end: what is on display stays.
    private func stand() {
        isAtEnd = true
        scheduled = []
        hold()
        state.reachedEnd()
    }

    private func perform(_ command: Command) {
        switch command {
        case .pause where isAtEnd: go(to: 0)
        case .pause:
            isPaused.toggle()
            state.set(isPaused: isPaused)
            if isPaused { hold() } else { release() }
        case .skip(let distance):
            // Beyond the end there is nothing to be seen.
            go(to: min(position + distance, max(position, source.duration - Self.lastLook)))
        case .goTo(let time):
            guard time <= source.duration else {
                let end = ClockTime.clock(source.duration)
                return state.say("\(ClockTime.clock(time)) is beyond the end at \(end)")
            }
            go(to: min(time, max(0, source.duration - Self.lastLook)))
        case .speed(let steps): change(speedBy: steps)
        }
    }

    private var position: Int64 {
        isAtEnd ? source.duration : pace.meetingTime(at: clock.now() + -Self.delay)
    }

    private func change(speedBy steps: Int) {
        let place = Self.speeds.lastIndex { $0 <= speed } ?? 0
        let isBetween = Self.speeds[place] != speed
        let next = place + steps + (isBetween && steps < 0 ? 1 : 0)
        let wanted = Self.speeds[min(max(next, 0), Self.speeds.count - 1)]
        guard wanted != speed else { return }
        speed = wanted
        stage.changes(speed: speed)
        if !isAtEnd { go(to: position) }
    }

    /// Whether something is not shown because it would leave an empty window at the end.
    private func holds(_ item: ReplayItem) -> Bool { staysAtEnd && upcoming == nil && item.isDeparture }

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
        let end = staysAtEnd && upcoming == nil ? pace.instant(of: source.duration) + Self.delay : nil
        let next = scheduled.first { !holds($0.item) }?.instant
        return [packet, next, end].compactMap { $0 }.min().flatMap {
            clock.machineTime(of: $0)
        }
    }

    private func step() {
        let now = clock.now()
        if let index = scheduled.firstIndex(where: { !holds($0.item) }), scheduled[index].instant <= now {
            show(scheduled.remove(at: index).item)
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
        isAtEnd = false
        let start = min(max(0, time), source.duration)
        source.seek(to: start)
        pace = ReplayPace(start: start, origin: clock.now() + (Self.lead - Self.delay), speed: speed)
        state.set(pace: pace)
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
        case .packetsEnded(let track): stage.end(track)
        case .trackEnded, .joined, .left, .away, .back, .chat, .gap: schedule(item)
        }
    }

    private func schedule(_ item: ReplayItem) {
        scheduled.append((pace.instant(of: item.time) + Self.delay, item))
    }

    private func show(_ item: ReplayItem) {
        switch item.event {
        case .joined(let participant, let name): stage.joined(participant, name: name, isHere: false)
        case .left(let participant): stage.left(participant)
        case .away(let participant): stage.setAway(participant, true)
        case .back(let participant): stage.setAway(participant, false)
        case .trackEnded(let track): stage.removeTrack(track)
        case .chat(_, let name, let text): Output.said("\(name): \(text)")
        case .gap(let participant, let packets, let reason):
            stage.gap(participant, packets: packets, reason: reason)
        case .trackBegan, .packet, .packetsEnded: break
        }
    }
}

extension ReplayItem {
    /// Whether a tile or a person goes.
    fileprivate var isDeparture: Bool {
        switch event {
        case .left, .trackEnded: true
        case .joined, .away, .back, .trackBegan, .packet, .packetsEnded, .chat, .gap: false
        }
    }
}

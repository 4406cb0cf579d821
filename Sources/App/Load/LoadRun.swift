import Glibc
import Media
import NIOCore
import NIOPosix
import Wire

/// Connects all participants of a load, keeps them going, and counts.
///
/// Everything is confined to one event loop, so that times of sending and of arrival are kept without any locks, and the
/// load takes one core at most. The phases are ``ramp()``, ``measure()``, ``drain()`` and ``leave()``, in this order;
/// ``interrupt()`` ends the one that goes on.
final class LoadRun: @unchecked Sendable {
    // SAFETY: `loop`, `plan` and `address` are constant; everything else is touched on `loop` only.

    /// Handshakes at a time: more would only wait in the server's backlog.
    private static let handshakes = 100
    private static let rampTick = TimeAmount.milliseconds(10)
    /// Time between a participant's pings, in steps of the sweep.
    private static let pingSteps = 50
    private static let pingTick = TimeAmount.milliseconds(100)
    private static let retry = TimeAmount.seconds(1)
    /// How long the last handshakes may take after the ramp.
    private static let rampPatience = 15.0
    /// From the last join to the first measurement: what late joiners get at once is not measured.
    private static let settling = TimeAmount.seconds(1)
    private static let drainTick = TimeAmount.milliseconds(50)
    private static let drainSteps = 60
    private static let leavingSteps = 40

    var counters = LoadCounters()
    private(set) var errors: [String: Int] = [:]
    private(set) var joinedCount = 0
    private let loop: any EventLoop
    private let plan: LoadPlan
    private let address: SocketAddress
    private var participants: [LoadParticipant] = []
    private var waiting: ArraySlice<LoadParticipant> = []
    private var handshaking: Set<ObjectIdentifier> = []
    private var phase: EventLoopPromise<Void>?
    private var timers: [RepeatedTask] = []
    private var isInterrupted = false
    private var isEnding = false
    private var measureStart: Int64 = 0
    /// Connections that may be begun now.
    private var credit = 0.0
    private var sweep = 0

    init(plan: LoadPlan, streams: [LoadStream], address: SocketAddress, loop: any EventLoop) {
        self.plan = plan
        self.address = address
        self.loop = loop
        let rooms = plan.rooms.map { LoadRoom(name: $0) }
        for index in 0..<plan.publishers {
            participants.append(
                LoadParticipant(
                    name: "Load publisher \(index + 1)", room: rooms[index % rooms.count], streams: streams,
                    receives: plan.publishersWatch, phase: Double(index) / Double(plan.publishers), run: self)
            )
        }
        for index in 0..<plan.subscribers {
            // From the last room on, so that few publishers and few subscribers do not leave rooms empty.
            participants.append(
                LoadParticipant(
                    name: "Load viewer \(index + 1)", room: rooms[rooms.count - 1 - index % rooms.count],
                    streams: [], receives: true, phase: 0, run: self))
        }
    }

    // MARK: Phases, from any thread

    /// Connects everybody, and returns when they have joined, at the latest some time after the last was begun.
    func ramp() async {
        let seconds = Double(participants.count) / plan.ramp + Self.rampPatience
        await perform(within: .nanoseconds(Int64(seconds * 1e9))) { run in
            run.waiting = run.participants[...]
            run.startTimers()
        }
        await perform(within: Self.settling) { _ in }
    }

    /// Counts from now on for the planned duration.
    /// - Returns: seconds that it took.
    func measure() async -> Double {
        await perform(within: .nanoseconds(Int64(plan.duration * 1e9))) { run in
            run.counters = LoadCounters()
            run.errors = [:]
            run.measureStart = MediaClock.system.now().nanoseconds
        }
        let start = (try? await loop.submit { self.measureStart }.get()) ?? 0
        return Double(MediaClock.system.now().nanoseconds - start) / 1e9
    }

    /// Stops sending, waits for what is on its way, and counts what did not come.
    func drain() async -> LoadCounters {
        await perform(within: Self.drainTick * Self.drainSteps, always: true) { run in
            for participant in run.participants { participant.stopSending() }
            run.every(Self.drainTick) { $0.participants.allSatisfy(\.isUpToDate) }
        }
        let counted = try? await loop.submit {
            for participant in self.participants {
                let missing = participant.countMissing(subscribedBefore: self.measureStart)
                self.counters.lost += missing.packets
                self.counters.silent += missing.tracks
            }
            return self.counters
        }.get()
        return counted ?? LoadCounters()
    }

    /// Says good-bye, and returns when all connections are closed.
    func leave() async {
        await perform(within: Self.drainTick * Self.leavingSteps, always: true) { run in
            run.isEnding = true
            for participant in run.participants { participant.leave() }
            run.every(Self.drainTick) { $0.participants.allSatisfy(\.isClosed) }
        }
        try? await loop.submit {
            for timer in self.timers { timer.cancel() }
            for participant in self.participants { participant.close() }
        }.get()
    }

    /// Ends the present phase, and those that would wait for time to pass.
    func interrupt() {
        loop.execute {
            self.isInterrupted = true
            self.endPhase()
        }
    }

    /// What went wrong so far, by its name, and how many are in.
    func outcome() async -> (errors: [String: Int], joined: Int, isInterrupted: Bool) {
        (try? await loop.submit { (self.errors, self.joinedCount, self.isInterrupted) }.get()) ?? (
            [:], 0, true
        )
    }

    private func perform(
        within time: TimeAmount, always: Bool = false, _ body: @escaping @Sendable (LoadRun) -> Void
    ) async {
        let promise = loop.makePromise(of: Void.self)
        loop.execute {
            self.phase = promise
            let timer = self.loop.scheduleTask(in: time) { self.endPhase() }
            promise.futureResult.whenComplete { _ in timer.cancel() }
            body(self)
            if self.isInterrupted, !always { self.endPhase() }
        }
        try? await promise.futureResult.get()
    }

    private func endPhase() {
        let promise = phase
        phase = nil
        promise?.succeed(())
    }

    /// Ends the present phase as soon as `isDone`.
    private func every(_ time: TimeAmount, _ isDone: @escaping @Sendable (LoadRun) -> Bool) {
        let current = phase?.futureResult
        loop.scheduleRepeatedTask(initialDelay: .zero, delay: time) { task in
            guard let current, current === self.phase?.futureResult, !isDone(self) else {
                task.cancel()
                if let current, current === self.phase?.futureResult { self.endPhase() }
                return
            }
        }
    }

    // MARK: Connections, on the loop

    private func startTimers() {
        timers.append(
            loop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.rampTick) { _ in self.connectSome() })
        timers.append(
            loop.scheduleRepeatedTask(initialDelay: Self.pingTick, delay: Self.pingTick) { _ in
                self.pingSome()
            })
    }

    private func connectSome() {
        let tick = Double(Self.rampTick.nanoseconds) / 1e9
        credit = min(credit + plan.ramp * tick, max(1, plan.ramp))
        while credit >= 1, handshaking.count < Self.handshakes, let next = waiting.popFirst() {
            credit -= 1
            connect(next)
        }
    }

    private func pingSome() {
        sweep = (sweep + 1) % Self.pingSteps
        for index in stride(from: sweep, to: participants.count, by: Self.pingSteps) {
            participants[index].ping()
        }
    }

    private func connect(_ participant: LoadParticipant) {
        guard !isEnding else { return }
        handshaking.insert(ObjectIdentifier(participant))
        participant.connect()
        Self.bootstrap(loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(participant)
                }
            }
            .connect(to: address)
            .whenFailure { error in
                participant.failed("connect: \(NetworkError.text(error))")
            }
    }

    /// Buffers for reading live only until they are read, so that connections share their memory.
    static func bootstrap(_ group: any EventLoopGroup) -> ClientBootstrap {
        ClientBootstrap(group: group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: TransientReadAllocator())
    }

    func joined(_ participant: LoadParticipant) {
        handshaking.remove(ObjectIdentifier(participant))
        joinedCount += 1
        if joinedCount + refusedCount == participants.count, measureStart == 0 { endPhase() }
    }

    private var refusedCount: Int { participants.count { $0.state == .refused } }

    /// A connection ended that was not to end: it is made again, unless the server does not want it.
    func failed(_ participant: LoadParticipant, reason: String, wasJoined: Bool) {
        handshaking.remove(ObjectIdentifier(participant))
        guard !isEnding else { return }
        if wasJoined {
            joinedCount -= 1
            counters.reconnects += 1
        }
        if participant.state == .refused {
            if joinedCount + refusedCount == participants.count, measureStart == 0 { endPhase() }
            return
        }
        note(error: reason)
        loop.scheduleTask(in: Self.retry) { self.waiting.append(participant) }
    }

    func note(error: String) {
        // Bounded: what a server says may be anything.
        if errors[error] != nil || errors.count < 50 { errors[error, default: 0] += 1 }
    }
}

/// Gives each read fresh memory of 64 KiB, which is free again as soon as it was looked at.
private struct TransientReadAllocator: RecvByteBufferAllocator {
    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: 65_536) }
    mutating func record(actualReadBytes: Int) -> Bool { false }
}

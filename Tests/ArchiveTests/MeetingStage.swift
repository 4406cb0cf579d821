import Archive
import Container
import FoundationEssentials
import Logging
import Media
import MediaTesting
import Synchronization
import Testing

/// A meeting that is recorded into a folder of its own, on a clock that the test moves.
final class MeetingStage: Sendable {
    /// What the recorder asked for and said.
    struct Log: Sendable {
        var keyframeRequests: [UInt32] = []
        var states: [RecorderCallbacks.State] = []
        var reasons: [String?] = []
        var answers: [(participant: String, answer: RecorderCallbacks.Answer)] = []
    }

    let folder: TemporaryFolder
    let manual = ManualClock()
    let store: ArchiveStore
    let recorder: MeetingRecorder
    private let archive: String

    /// Begins a meeting in room `room/1`.
    /// - Parameters:
    ///   - archive: where, instead of in a temporary folder.
    ///   - records: `false` where the room is recorded on request only.
    ///   - gate: a mailbox that holds the recorder's thread up, at the first keyframe that it asks for, until closed.
    init(
        queueBytes: Int = 64 << 20, segmentBytes: Int64 = 1 << 40, fragmentMilliseconds: Int = 500,
        archive: String? = nil, gate: Mailbox<Int>? = nil, warnBelowBytes: Int64 = 0,
        stopBelowBytes: Int64 = 0, records: Bool = true, preRollSeconds: Double = 10,
        preRollBytes: Int = 64 << 20, memory: MemoryBudget? = nil
    ) throws {
        folder = try TemporaryFolder()
        self.archive = archive ?? folder.path + "/archive"
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var configuration = ArchiveConfiguration(
            path: self.archive, fragmentMilliseconds: fragmentMilliseconds, segmentBytes: segmentBytes,
            openMilliseconds: 1000, queueBytes: queueBytes, warnBelowBytes: warnBelowBytes,
            stopBelowBytes: stopBelowBytes)
        configuration.preRollSeconds = preRollSeconds
        configuration.preRollBytes = preRollBytes
        configuration.memory = memory
        store = try ArchiveStore(
            configuration, software: ["convene": "test"], logger: logger, clock: manual.clock)
        let log = LogBox()
        recorder = store.record(
            room: "room/1",
            callbacks: RecorderCallbacks(
                requestKeyframe: { track in
                    log.add { $0.keyframeRequests.append(track) }
                    if let gate { _ = gate.next() }
                },
                stateChanged: { state, reason in
                    log.add {
                        $0.states.append(state)
                        $0.reasons.append(reason)
                    }
                },
                answered: { participant, answer in log.add { $0.answers.append((participant, answer)) } }),
            records: records)
        self.log = log
    }

    private let log: LogBox

    /// What has been asked for and said so far.
    var said: Log { log.value }

    private final class LogBox: Sendable {
        let state = Mutex(Log())
        private let waiting = Mutex<[String: CheckedContinuation<Void, Never>]>([:])

        func add(_ change: (inout Log) -> Void) {
            var next = value
            change(&next)
            state.withLock { [next] in $0 = next }
            guard let participant = next.answers.last?.participant else { return }
            waiting.withLock { $0.removeValue(forKey: participant) }?.resume()
        }

        func wait(forAnswerTo participant: String) async {
            await withCheckedContinuation { continuation in
                waiting.withLock { $0[participant] = continuation }
                guard value.answers.contains(where: { $0.participant == participant }) else { return }
                waiting.withLock { $0.removeValue(forKey: participant) }?.resume()
            }
        }

        var value: Log { state.withLock { $0 } }
    }

    /// Hands packets in, in the order of their times.
    func play(_ streams: [(track: UInt32, stream: EncodedStream)]) {
        var order: [(time: Int64, track: UInt32, packet: Packet)] = []
        for (track, stream) in streams {
            order += stream.packets.map { (stream.nanoseconds($0), track, $0) }
        }
        for entry in order.sorted(by: { ($0.time, $0.track) < ($1.time, $1.track) }) {
            recorder.packet(entry.track, entry.packet)
        }
    }

    /// Lets time pass, and returns when the recorder of a room that is recorded has done what became due.
    func advance(seconds: Int64) async {
        await settle()
        manual.advance(by: seconds * 1_000_000_000)
        await settle()
        await settle()
    }

    private let fences = Atomic<Int>(0)

    /// Asks for something in Ada's name, and returns when it is done, and everything that was handed in before.
    func ask(_ action: MeetingRecorder.Action) async {
        recorder.control(action, participant: "ada", name: "Ada")
        await settle(action)
    }

    /// Returns when everything that was handed in before is done, and in the manifest. Asking again for what was asked for last changes nothing.
    func settle(_ last: MeetingRecorder.Action = .start) async {
        let mark = "fence \(fences.wrappingAdd(1, ordering: .relaxed).newValue)"
        recorder.control(last, participant: mark, name: mark)
        await log.wait(forAnswerTo: mark)
        await store.catchUp()
    }

    /// Ends the meeting and waits until everything is on the disk.
    func finish() async { await store.finish() }

    /// A copy of the archive as it is now: what a server that is killed leaves behind. Without the catalogue, which
    /// comes and goes on a thread of its own and is made anew from the folders.
    func copyWhileItGoesOn() throws -> String {
        let copy = folder.path + "/crashed"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false)
        for name in try FileManager.default.contentsOfDirectory(atPath: archive)
        where !name.hasPrefix(".") {
            try FileManager.default.copyItem(atPath: archive + "/" + name, toPath: copy + "/" + name)
        }
        return copy
    }

    /// The folder of the only meeting.
    func meeting() throws -> ArchiveCatalogue.Entry {
        guard let first = try ArchiveCatalogue(path: archive).meetings.first else { throw NoMeeting() }
        return first
    }

    /// Nothing was recorded yet.
    struct NoMeeting: Error {}

    /// The path of a file of the meeting.
    func path(_ name: String) throws -> String { try meeting().folder + "/" + name }

    /// Decodes a file of the meeting.
    func probe(_ name: String) throws -> ArchiveProbe { try ArchiveProbe(path: try path(name)) }

    /// The lines of the journal.
    func journal() throws -> [JournalLine] {
        let data = try Data(contentsOf: URL(filePath: try path("journal.jsonl")))
        return try data.split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(JournalLine.self, from: $0)
        }
    }
}

/// What tests look at in a line of the journal.
struct JournalLine: Decodable {
    let time: Int64
    let event: String
    let participant: String?
    let name: String?
    let track: UInt32?
    let codec: String?
    let source: String?
    let file: String?
    let packets: Int?
    let reason: String?
    let text: String?
    let pts: Int64?
    let wall: Int64?
    let duration: Int64?
}

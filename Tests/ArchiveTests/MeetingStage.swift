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
    }

    let folder: TemporaryFolder
    let manual = ManualClock()
    let store: ArchiveStore
    let recorder: MeetingRecorder
    private let archive: String

    /// Begins a meeting in room `room/1`.
    /// - Parameters:
    ///   - archive: where, instead of in a temporary folder.
    ///   - gate: a mailbox that holds the recorder's thread up, at the first keyframe that it asks for, until closed.
    init(
        queueBytes: Int = 64 << 20, segmentBytes: Int64 = 1 << 40, fragmentMilliseconds: Int = 500,
        archive: String? = nil, gate: Mailbox<Int>? = nil, warnBelowBytes: Int64 = 0,
        stopBelowBytes: Int64 = 0
    ) throws {
        folder = try TemporaryFolder()
        self.archive = archive ?? folder.path + "/archive"
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        store = try ArchiveStore(
            ArchiveConfiguration(
                path: self.archive, fragmentMilliseconds: fragmentMilliseconds, segmentBytes: segmentBytes,
                openMilliseconds: 1000, queueBytes: queueBytes, warnBelowBytes: warnBelowBytes,
                stopBelowBytes: stopBelowBytes), software: ["convene": "test"],
            logger: logger,
            clock: manual.clock)
        let log = LogBox()
        recorder = store.record(
            room: "room/1",
            callbacks: RecorderCallbacks(
                requestKeyframe: { track in
                    log.add { $0.keyframeRequests.append(track) }
                    if let gate { _ = gate.next() }
                }, stateChanged: { state, _ in log.add { $0.states.append(state) } }))
        self.log = log
    }

    private let log: LogBox

    /// What has been asked for and said so far.
    var said: Log { log.value }

    private final class LogBox: Sendable {
        let state = Mutex(Log())
        func add(_ change: (inout Log) -> Void) {
            var next = value
            change(&next)
            state.withLock { [next] in $0 = next }
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

    /// Returns when a line of chat has reached the journal, and so everything that was handed in before it.
    func waitForChat() async {
        while (try? journal())?.contains(where: { $0.event == "chat" }) != true { await Task.yield() }
    }

    /// Lets time pass, and returns when the recorder has done what became due.
    func advance(seconds: Int64) async {
        await fence()
        manual.advance(by: seconds * 1_000_000_000)
        await fence()
        await fence()
    }

    /// Returns when everything that was handed in before is done.
    private func fence() async {
        let mark = "fence \(fences.wrappingAdd(1, ordering: .relaxed).newValue)"
        recorder.chat(participant: "test", name: "test", text: mark, wall: 0)
        while (try? journal())?.contains(where: { $0.text == mark }) != true { await Task.yield() }
    }

    private let fences = Atomic<Int>(0)

    /// Ends the meeting and waits until everything is on the disk.
    func finish() async { await store.finish() }

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
}

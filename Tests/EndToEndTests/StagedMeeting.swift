import Archive
import FoundationEssentials
import Logging
import Media
import MediaTesting

/// A meeting that was recorded by the archive without a server, on a clock of its own: any length takes no time, and the
/// participants' clocks run as the test wants.
struct StagedMeeting {
    /// Somebody in the meeting, and when, in whole seconds.
    struct Part {
        var name: String
        var range: Range<Int>
        /// Millionths by which the participant's clock is too fast.
        var drift: Int64 = 0
        /// Seconds of the meeting in which nothing of the participant's arrives.
        var hole: Range<Int>?
        var hasSound = false
        /// What the pictures are of.
        var source = "camera"
        /// Pixels of the pictures.
        var size = StagedMeeting.size
        /// Sound that is sent instead of the pattern's tone, 48 kHz, one channel.
        var voice: [Float]?
        /// From this second of the meeting on, pictures have another size, and so another file.
        var sizeChange: Int?

        var id: String { name.lowercased() }
    }

    static let rate = 30
    private static let soundsPerSecond = 50
    static let size = (width: 320, height: 180)
    /// Seconds from one statement of a publisher's clock to the next, as publishers make them.
    private static let clockInterval = 5
    private static let second: Int64 = 1_000_000_000

    /// Removed when the last copy of the meeting is gone.
    let folder: TemporaryFolder
    var archive: String { folder.path + "/archive" }

    /// Records everybody in a room named `room`.
    init(_ parts: [Part]) async throws {
        folder = try TemporaryFolder()
        let manual = ManualClock()
        var logger = Logger(label: "staged")
        logger.logLevel = .critical
        let store = try ArchiveStore(
            ArchiveConfiguration(path: folder.path + "/archive", warnBelowBytes: 0, stopBelowBytes: 0),
            software: ["convene": "test"], logger: logger, clock: manual.clock)
        let recorder = store.record(
            room: "room", callbacks: RecorderCallbacks(requestKeyframe: { _ in }, stateChanged: { _, _ in }))
        let length = parts.map(\.range.upperBound).max() ?? 0
        let sources = try parts.enumerated().map { try Source($1, number: UInt32($0), length: length) }
        let start = manual.now()
        for second in 0...length {
            for source in sources { source.play(second, recorder, start: start) }
            // The recorder's thread takes the time when it handles an event: it must be done before time goes on.
            let mark = "\(second)"
            recorder.chat(participant: "clock", name: "Clock", text: mark, wall: 0)
            try await Wait.until("second \(mark)") { try Self.journal(folder).contains { $0.text == mark } }
            manual.advance(by: Self.second)
        }
        await store.finish()
    }

    private static func journal(_ folder: TemporaryFolder) throws -> [JournalLine] {
        guard let entry = try ArchiveCatalogue(path: folder.path + "/archive").meetings.first else {
            return []
        }
        let data = try Data(contentsOf: URL(filePath: entry.folder + "/journal.jsonl"))
        return data.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(JournalLine.self, from: $0)
        }
    }

    /// One participant's tracks.
    private struct Source {
        let part: Part
        /// The track's number, what is in it for each second of the meeting, and its kind.
        private var tracks: [(id: UInt32, stream: EncodedStream, perSecond: Int)]

        init(_ part: Part, number: UInt32, length: Int) throws {
            self.part = part
            var video = try EncodedStream.pattern(
                width: part.size.width, height: part.size.height,
                rate: Double(StagedMeeting.rate), count: length * StagedMeeting.rate, source: part.source)
            if let change = part.sizeChange {
                let other = try EncodedStream.pattern(
                    width: part.size.width * 2, height: part.size.height * 2,
                    rate: Double(StagedMeeting.rate), count: length * StagedMeeting.rate, source: part.source)
                let from = change * StagedMeeting.rate
                video.packets.replaceSubrange(from..., with: other.packets[from...])
            }
            tracks = [(2 * number + 1, video, StagedMeeting.rate)]
            if let voice = part.voice {
                tracks.append((2 * number + 2, try EncodedStream.sound(voice), StagedMeeting.soundsPerSecond))
            } else if part.hasSound {
                let tone = try EncodedStream.tone(milliseconds: length * 1000)
                tracks.append((2 * number + 2, tone, StagedMeeting.soundsPerSecond))
            }
        }

        /// What happens in one second of the meeting.
        func play(_ second: Int, _ recorder: MeetingRecorder, start: MonotonicTime) {
            if second == part.range.lowerBound {
                recorder.joined(participant: part.id, name: part.name)
                for track in tracks {
                    recorder.trackAdded(track.id, participant: part.id, description: track.stream.description)
                }
            }
            if part.range.contains(second) {
                if (second - part.range.lowerBound).isMultiple(of: StagedMeeting.clockInterval) {
                    for track in tracks { state(track.stream, track.id, at: second, recorder, start) }
                }
                if part.hole?.contains(second) != true { send(second, recorder) }
            }
            if second == part.range.upperBound {
                for track in tracks { recorder.trackRemoved(track.id) }
                recorder.left(participant: part.id, reason: "bye")
            }
        }

        /// The participant's time stamp of an instant of the meeting: it counts from the joining, by a clock that drifts.
        private func stamp(_ nanoseconds: Int64) -> Int64 {
            let own = nanoseconds - Int64(part.range.lowerBound) * StagedMeeting.second
            return own + own * part.drift / 1_000_000
        }

        private func state(
            _ stream: EncodedStream, _ id: UInt32, at second: Int, _ recorder: MeetingRecorder,
            _ start: MonotonicTime
        ) {
            let instant = Int64(second) * StagedMeeting.second
            let pts = TimeBase.nanoseconds.rescale(stamp(instant), to: stream.description.timeBase)
            recorder.clock(id, pts: pts, serverTime: (start.nanoseconds + instant) / 1000)
        }

        private func send(_ second: Int, _ recorder: MeetingRecorder) {
            var packets: [(time: Int64, id: UInt32, packet: Packet)] = []
            for track in tracks {
                let base = track.stream.description.timeBase
                let range = second * track.perSecond..<(second + 1) * track.perSecond
                for var packet in track.stream.packets[range] {
                    packet.pts = base.stamped(packet.pts, stamp)
                    packet.dts = base.stamped(packet.dts, stamp)
                    packets.append((base.rescale(packet.dts, to: .nanoseconds), track.id, packet))
                }
            }
            for entry in packets.sorted(by: { ($0.time, $0.id) < ($1.time, $1.id) }) {
                recorder.packet(entry.id, entry.packet)
            }
        }
    }
}

extension TimeBase {
    /// Ticks that were mapped as nanoseconds.
    fileprivate func stamped(_ ticks: Int64, _ map: (Int64) -> Int64) -> Int64 {
        TimeBase.nanoseconds.rescale(map(rescale(ticks, to: .nanoseconds)), to: self)
    }
}

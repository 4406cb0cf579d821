import FoundationEssentials
import Glibc

/// A meeting that a server's end interrupted while people were in it, as far as one must know it to go on with it.
struct MeetingContinuation: Sendable {
    /// The reason of those who left because the server was to be started again.
    static let restarting = "restarting"

    /// Path of the meeting's folder.
    let folder: String
    /// Which meeting it is; see ``MeetingPast/meeting``.
    let meeting: UInt64
    /// Microseconds of the meeting at which it was interrupted.
    let end: Int64
    /// The same in nanoseconds of the Unix epoch.
    let wall: Int64
    /// Who was in the room then, and whose leaving the journal does not tell.
    let present: Set<String>
    /// Of the former, or of those who left because of the restart, who published.
    let publishers: Set<String>
    /// Tracks whose end the journal does not tell, with their participants.
    let openTracks: [UInt32: String]
    /// The greatest number of a track.
    let lastTrack: UInt32
    /// What was wanted of the recording, and who asked for it.
    let wish: RecordingControl.Wish
    let request: String?

    /// Seconds that may lie between the last thing that is written and the server's end.
    private static let slack = 10
    /// Microseconds, and numbers of files and tracks, beyond which a folder is not believed.
    private static let sane = (time: Int64(1) << 50, number: 1_000_000_000)

    /// What is wanted as the meeting goes on. If no person has ever asked, the server's configuration of today counts.
    /// - Parameter records: whether rooms are recorded without being asked.
    func initialWish(records: Bool) -> RecordingControl.Wish {
        request == nil && wish == .recording && !records ? .off : wish
    }

    /// Folders below `archive` that were written to within so many seconds: for each room at most the last. To be asked
    /// before recovery, which writes too.
    static func candidates(archive: String, within seconds: Int) -> [String] {
        let oldest = Int64(time(nil)) - Int64(seconds + slack)
        let rooms = (try? FileManager.default.contentsOfDirectory(atPath: archive)) ?? []
        return rooms.filter { !$0.hasPrefix(".") }.compactMap { room in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: archive + "/" + room)) ?? []
            let found = names.filter { !$0.hasPrefix(".") }.map { archive + "/" + room + "/" + $0 }.compactMap
            { folder in
                lastWriting(folder).map { (folder: folder, time: $0) }
            }
            guard let last = found.max(by: { ($0.time, $0.folder) < ($1.time, $1.folder) }),
                last.time >= oldest
            else { return nil }
            return last.folder
        }
    }

    /// When something was written into a meeting's folder last, in seconds of the Unix epoch.
    private static func lastWriting(_ folder: String) -> Int64? {
        guard let journal = modified(folder + "/" + Journal.fileName) else { return nil }
        // An old meeting has many files, and all of them are as old as the journal.
        return max(journal, modified(folder) ?? 0)
    }

    private static func modified(_ path: String) -> Int64? {
        var status = stat()
        return lstat(path, &status) == 0 ? Int64(status.st_mtim.tv_sec) : nil
    }

    /// The meeting in `folder`, which is recovered; `nil` where nobody was in it when the server ended, or where that is longer
    /// ago than so many seconds before `now`, nanoseconds of the Unix epoch.
    init?(folder: String, manifest: MeetingManifest, within seconds: Int, now: Int64) {
        guard let events = try? Journal.read(folder: folder, leavingOut: "clock"),
            let start = events.first(where: { $0.event == "start" }), let id = start.meeting,
            let meeting = UInt64(id, radix: 16),
            let anchor = events.last(where: { MeetingRecovery.isAnchored($0) }), let anchorWall = anchor.wall
        else { return nil }
        var attendance = Attendance()
        for event in events { attendance.add(event) }
        guard !attendance.present.isEmpty || !attendance.interrupted.isEmpty else { return nil }
        let ends = manifest.segments.map { $0.start &+ $0.duration } + [events.last?.time ?? 0]
        let end = max(0, ends.max() ?? 0)
        let wall = (anchorWall &+ (end &- anchor.time)) &* 1000
        guard end < Self.sane.time, attendance.lastTrack < Self.sane.number,
            manifest.segments.allSatisfy({ (0..<Self.sane.number).contains($0.number) }),
            (now &- wall) / 1_000_000_000 <= Int64(seconds + Self.slack) || attendance.isPaused
        else { return nil }
        let control = events.last { ["record", "stop", "pause"].contains($0.event) }
        self.folder = folder
        self.meeting = meeting
        self.end = end
        self.wall = wall
        present = attendance.present
        publishers = attendance.publishers
        openTracks = attendance.openTracks
        lastTrack = attendance.lastTrack
        switch control?.event {
        case "stop": wish = .stopped
        case "pause": wish = .paused
        default: wish = .recording
        }
        let verbs = ["record": "started", "stop": "stopped", "pause": "paused"]
        request = control.map {
            "\($0.name ?? $0.participant ?? "somebody") \(verbs[$0.event] ?? "changed") it"
        }
    }

    /// Who is there, and with what, as a journal tells.
    private struct Attendance {
        /// A track that ends less than this before its owner leaves ended with that, microseconds.
        private static let simultaneity: Int64 = 1_000_000

        var present: Set<String> = []
        /// Who left because the server was to be started again.
        var interrupted: Set<String> = []
        var publishers: Set<String> = []
        var openTracks: [UInt32: String] = [:]
        var lastTrack: UInt32 = 0
        /// The time of the meeting stands still, so that it does not tell when the server ended.
        var isPaused = false
        private var lastUntrack: [String: Int64] = [:]

        mutating func add(_ event: Journal.Event) {
            switch event.event {
            case "join":
                guard let participant = event.participant else { return }
                present.insert(participant)
                interrupted.remove(participant)
                publishers.remove(participant)
            case "leave": leave(event)
            case "track":
                guard let track = event.track, let participant = event.participant else { return }
                openTracks[track] = participant
                lastTrack = max(lastTrack, track)
                publishers.insert(participant)
            case "untrack":
                guard let track = event.track, let participant = openTracks.removeValue(forKey: track) else {
                    return
                }
                lastUntrack[participant] = event.time
                if !openTracks.values.contains(participant) { publishers.remove(participant) }
            case "restart": interrupted = []
            case "pause": isPaused = true
            case "record", "stop": isPaused = false
            default: break
            }
        }

        private mutating func leave(_ event: Journal.Event) {
            guard let participant = event.participant else { return }
            present.remove(participant)
            interrupted.remove(participant)
            guard event.reason == restarting else { return }
            interrupted.insert(participant)
            let had = lastUntrack[participant].map { event.time &- $0 < Self.simultaneity } ?? false
            if had { publishers.insert(participant) }
        }
    }
}

/// What is known of a meeting that an earlier run of the server began, and that goes on.
public struct MeetingPast: Sendable, Hashable {
    /// As it was given to ``ArchiveStore/record(room:meeting:callbacks:records:)`` when it began.
    public var meeting: UInt64
    /// Identifiers of all who were in it.
    public var participants: [String]
    /// The greatest number of its tracks.
    public var lastTrack: UInt32
}

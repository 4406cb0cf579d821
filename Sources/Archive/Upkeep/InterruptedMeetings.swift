import Media
import Synchronization

/// The meetings that the end of an earlier run of the server interrupted, for as long as those who were in them may come back.
/// May be used from any thread.
final class InterruptedMeetings: Sendable {
    struct Entry: Sendable {
        let meeting: MeetingContinuation
        /// Identifiers of all who were in it.
        let people: [String]
    }

    private let entries: Mutex<[String: Entry]>
    private let deadline: MonotonicTime
    private let clock: MediaClock

    /// Reads the meetings in `folders`, which were recovered; they are kept for so many seconds from now on.
    /// - Parameter begun: when this run of the server began, in nanoseconds of the Unix epoch.
    init(_ folders: [String], seconds: Int, begun: Int64, clock: MediaClock) {
        var found: [String: Entry] = [:]
        for folder in folders {
            guard let manifest = try? MeetingManifest.read(folder: folder),
                let meeting = MeetingContinuation(
                    folder: folder, manifest: manifest, within: seconds, now: begun)
            else { continue }
            found[manifest.room] = Entry(meeting: meeting, people: manifest.participants.map(\.id))
        }
        entries = Mutex(found)
        self.clock = clock
        deadline = clock.now() + Int64(seconds) * 1_000_000_000
    }

    /// The meeting that goes on in `room`, once. Never blocks.
    func take(_ room: String) -> Entry? {
        guard clock.now() <= deadline else { return nil }
        return entries.withLock { $0.removeValue(forKey: room) }
    }
}

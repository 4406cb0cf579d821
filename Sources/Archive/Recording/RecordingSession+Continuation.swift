import Logging
import Media

/// Going on with a meeting that the server's end interrupted.
extension RecordingSession {
    /// Opens the folder of a meeting that was interrupted, and goes on where it ended: the same journal, the next numbers of
    /// files, and the time that has passed meanwhile. Where that fails, another meeting begins.
    func goOn(with past: MeetingContinuation) {
        let wall = timeline.wall
        do throws(ArchiveError) {
            let known = try MeetingManifest.read(folder: past.folder)
            reopen(try MeetingFolder(reopening: past.folder, voice: voice), known)
        } catch {
            logger.error(
                "the meeting before the restart cannot be continued; another one begins",
                metadata: ["folder": "\(past.folder)", "reason": "\(error)"])
            return
        }
        // While it is paused the meeting's time stands still.
        let isPaused = past.wish == .paused
        let elapsed = isPaused ? 0 : min(max(0, wall &- past.wall), Self.longestInterruption) / 1000
        timeline = MeetingTimeline(continuing: past.end + elapsed, at: now, wall: wall)
        if isPaused { timeline.pause(at: now) }
        interruption = (past.end, past.publishers)
        journalInterruption(past)
        logger.notice(
            "a meeting goes on after a restart",
            metadata: ["folder": "\(past.folder)", "missing": "\(elapsed / 1000) ms"])
    }

    /// A wall clock that was set meanwhile says nothing of how long it lasted: nanoseconds.
    private static let longestInterruption: Int64 = 2 * 3600 * 1_000_000_000

    private func journalInterruption(_ past: MeetingContinuation) {
        for (track, participant) in past.openTracks.sorted(by: { $0.key < $1.key }) {
            journal("untrack") { ($0.participant, $0.track, $0.time) = (participant, track, past.end) }
        }
        for participant in past.present.sorted() {
            journal("leave") { event in
                (event.participant, event.reason) = (participant, MeetingContinuation.restarting)
                event.time = past.end
            }
        }
        changeManifest { manifest in
            for index in manifest.participants.indices where manifest.participants[index].left == nil {
                manifest.participants[index].left = past.end
            }
        }
        journal("restart") { [timeline, now] in $0.wall = timeline.wall(at: now) / 1000 }
    }

    /// Somebody is back who published when the server ended: says since when nothing is there of them.
    func journalInterruption(of participant: String) {
        guard let since = interruption?.end, interruption?.publishers.remove(participant) != nil,
            control.wish == .recording
        else { return }
        let length = max(0, time - since)
        journal("gap") { event in
            (event.participant, event.packets, event.duration) = (participant, 0, length)
            event.reason = "the server was restarted: nothing was recorded for \(length / 1000) ms"
        }
    }
}

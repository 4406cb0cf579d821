import Synchronization

/// How many bytes of each participant wait for the recorder, so that no one of them takes all the room there is.
///
/// Every method may be called from any thread.
final class RecorderBacklog: Sendable {
    private struct State {
        var owners: [UInt32: String] = [:]
        var waiting: [String: Int] = [:]
    }

    private let share: Int
    private let state = Mutex(State())

    /// A backlog of which each participant may have `share` bytes.
    init(share: Int) { self.share = share }

    /// A track of a participant begins.
    func begin(_ track: UInt32, of participant: String) {
        state.withLock { $0.owners[track] = participant }
    }

    /// Every packet of a track was released.
    func end(_ track: UInt32) { state.withLock { $0.owners[track] = nil } }

    /// Counts bytes of a track, unless its participant has no room for them. The first packet always finds room.
    func reserve(_ bytes: Int, for track: UInt32) -> Bool {
        state.withLock { state in
            guard let owner = state.owners[track] else { return true }
            let waiting = state.waiting[owner] ?? 0
            guard waiting == 0 || waiting + bytes <= share else { return false }
            state.waiting[owner] = waiting + bytes
            return true
        }
    }

    /// Bytes of a track that were reserved wait no longer.
    func release(_ bytes: Int, of track: UInt32) {
        state.withLock { state in
            guard let owner = state.owners[track], let waiting = state.waiting[owner] else { return }
            state.waiting[owner] = waiting > bytes ? waiting - bytes : nil
        }
    }
}

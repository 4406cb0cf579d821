import Synchronization

/// How many bytes of each participant wait for the recorder, so that no one of them takes all the room there is.
///
/// Every method may be called from any thread.
final class RecorderBacklog: Sendable {
    /// What one participant has waiting. Only touched while `state` is locked.
    private final class Account {
        var waiting = 0
        var tracks = 0
    }

    private struct State {
        var participants: [String: Account] = [:]
        var owners: [UInt32: (participant: String, account: Account)] = [:]
    }

    private let share: Int
    private let state = Mutex(State())

    /// A backlog of which each participant may have `share` bytes.
    init(share: Int) { self.share = share }

    /// A track of a participant begins.
    func begin(_ track: UInt32, of participant: String) {
        state.withLock { state in
            guard state.owners[track] == nil else { return }
            let account = state.participants[participant] ?? Account()
            account.tracks += 1
            state.participants[participant] = account
            state.owners[track] = (participant, account)
        }
    }

    /// Every packet of a track was released.
    func end(_ track: UInt32) {
        state.withLock { state in
            guard let (participant, account) = state.owners.removeValue(forKey: track) else { return }
            account.tracks -= 1
            if account.tracks == 0 { state.participants[participant] = nil }
        }
    }

    /// Counts bytes of a track, unless its participant has no room for them. The first packet always finds room.
    func reserve(_ bytes: Int, for track: UInt32) -> Bool {
        state.withLock { state in
            guard let account = state.owners[track]?.account else { return true }
            guard account.waiting == 0 || account.waiting + bytes <= share else { return false }
            account.waiting += bytes
            return true
        }
    }

    /// Bytes of a track that were reserved wait no longer.
    func release(_ bytes: Int, of track: UInt32) {
        state.withLock { state in
            guard let account = state.owners[track]?.account else { return }
            account.waiting = max(0, account.waiting - bytes)
        }
    }
}

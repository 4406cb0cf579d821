import CoreMetrics
import Logging
import Media
import Synchronization

/// What is wrong with the archive as a whole. Says so in the log once when it begins and once when it is over, whatever number of
/// rooms, tracks and files it concerns. Every method may be called from any thread.
final class ArchiveHealth: Sendable {
    /// What can be wrong, the gravest first.
    enum Trouble: Int, Sendable, CaseIterable {
        /// Files or folders cannot be written.
        case writing
        /// What is written cannot be brought to the disk.
        case syncing
        /// What comes in is written more than a second late.
        case late
        /// The disk is full, and nothing is recorded.
        case full

        /// What the log says when it begins.
        fileprivate var begins: Logger.Message {
            switch self {
            case .writing: "the archive cannot be written"
            case .syncing: "recordings may not survive a power cut: the disk does not take them"
            case .late: "the recorder is behind"
            case .full: "the disk of the archive is full; nothing is recorded"
            }
        }

        /// What it says when it is over.
        fileprivate var ends: Logger.Message {
            switch self {
            case .writing: "the archive can be written again"
            case .syncing: "the disk takes recordings again"
            case .late: "the recorder is up to date again"
            case .full: "there is room for recordings again"
            }
        }
    }

    private struct Case {
        /// Whom it concerns, and why.
        var owners: [String: String] = [:]
        var since = MonotonicTime(nanoseconds: 0)
        var times = 0
    }

    private let state = Mutex<[Trouble: Case]>([:])
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// `owner`, a folder or a room, is in trouble, for the reason; or not any more, where that is `nil`.
    func set(_ trouble: Trouble, of owner: String, _ reason: String?) {
        let now = MediaClock.system.now()
        state.withLock { state in
            if let reason {
                var known = state[trouble] ?? Case(since: now)
                known.times += 1
                if known.owners.isEmpty {
                    logger.error(trouble.begins, metadata: ["at": "\(owner)", "reason": "\(reason)"])
                }
                // The one that was first is as good as another.
                if known.owners[owner] != nil || known.owners.count < Self.mostOwners {
                    known.owners[owner] = reason
                }
                state[trouble] = known
            } else if var known = state[trouble], known.owners.removeValue(forKey: owner) != nil {
                state[trouble] = known.owners.isEmpty ? nil : known
                guard known.owners.isEmpty else { return }
                logger.notice(
                    trouble.ends,
                    metadata: [
                        "times": "\(known.times)", "seconds": "\((now - known.since) / 1_000_000_000)",
                    ])
            }
        }
    }

    /// What is wrong, the gravest first, for those who decide whether the server is fit for use; `nil` where all is well.
    var problem: String? {
        state.withLock { state in
            for trouble in Trouble.allCases {
                if let first = state[trouble]?.owners.min(by: { $0.key < $1.key }) {
                    return "\(trouble.begins): \(first.value)"
                }
            }
            return nil
        }
    }

    private static let mostOwners = 1000
}

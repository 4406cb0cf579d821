import Archive
import Logging
import Media
import Wire

/// Publishes a recorded meeting into a room as if it were live: every participant with a connection of its own, coming
/// and going when they did.
struct ReplayPublisher {
    private let entry: ArchiveCatalogue.Entry
    private let only: Set<String>?
    private let logger: Logger

    init(_ entry: ArchiveCatalogue.Entry, only: Set<String>?, logger: Logger) {
        self.entry = entry
        self.only = only
        self.logger = logger
    }

    /// Publishes from `start`, microseconds of the meeting, to its end, or until termination is requested.
    /// - Throws: what ended the first connection that failed.
    func run(into address: ConveneURL, from start: Int64, _ termination: Termination) async throws {
        let (guests, arrivals) = AsyncStream<ReplayGuest>.makeStream()
        let ending = ReplayEnding()
        let thread = try startThread(from: start, arrivals, ending, termination)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for await guest in guests {
                    group.addTask {
                        do { try await guest.run(into: address, logger: logger) } catch {
                            termination.request()
                            throw error
                        }
                    }
                }
                try await group.waitForAll()
            }
        } catch {
            await thread.wait()
            throw error
        }
        await thread.wait()
        if let failure = ending.outcome.failure { throw failure }
        for problem in ending.outcome.problems {
            logger.error("a part of the meeting is missing", metadata: ["error": "\(problem)"])
        }
        let manifest = entry.manifest
        Output.line("replayed \(manifest.room)/\(manifest.meeting) into \(address.room)")
    }

    private func startThread(
        from start: Int64, _ arrivals: AsyncStream<ReplayGuest>.Continuation, _ ending: ReplayEnding,
        _ termination: Termination
    ) throws -> BlockingThread {
        try BlockingThread("replay") { [entry, only, logger] in
            var outcome = ReplayEnding.Outcome()
            do {
                let source = try ReplaySource(folder: entry.folder, manifest: entry.manifest, only: only)
                source.seek(to: start)
                let pace = ReplayPace(start: start, origin: MediaClock.system.now(), speed: 1)
                let cast = ReplayCast(
                    manifest: entry.manifest, pace: pace, logger: logger, arrived: { arrivals.yield($0) })
                while let item = source.next() {
                    guard termination.stopSignal.sleep(until: pace.instant(of: item.time)) else { break }
                    cast.perform(item)
                }
                cast.finish()
                outcome.problems = source.problems.map(\.description)
            } catch { outcome.failure = error }
            ending.end(outcome)
            arrivals.finish()
        }
    }
}

import Container
import Glibc
import Media
import Synchronization

/// Runs a manifest: several fixtures at once, each to its end whatever becomes of the others.
public struct BatchRunner: Sendable {
    private let manifest: Manifest
    private let plan: BatchPlan
    private let options: BatchOptions
    private let isCancelled: @Sendable () -> Bool
    private let observer: @Sendable (BatchEvent) -> Void

    /// - Parameters:
    ///   - isCancelled: asked often, on any thread.
    ///   - observer: called on any thread; work waits for it.
    public init(
        _ manifest: Manifest, _ plan: BatchPlan, _ options: BatchOptions,
        isCancelled: @escaping @Sendable () -> Bool,
        observer: @escaping @Sendable (BatchEvent) -> Void
    ) {
        self.manifest = manifest
        self.plan = plan
        self.options = options
        self.isCancelled = isCancelled
        self.observer = observer
    }

    private struct State {
        var next = 0
        var results: [Int: [BatchCase]] = [:]
    }

    /// Runs everything. What can go wrong with a fixture is in the report.
    /// - Throws: where the folders for the work cannot be made, or the system has no thread for it.
    public func run() async throws(BatchError) -> BatchReport {
        let began = MediaClock.system.now()
        let (root, usesCache) = try storage()
        var options = options
        options.usesCache = usesCache
        let cache = ResultCache(root: root)
        if let output = options.output { try FileTree.make(output) }
        let program = usesCache ? try Self.programDigest() : ""
        let folder = try WorkFolder(in: cache.workRoot)
        let results = try await perform(in: folder.path, options: options, cache: cache, program: program)
        if usesCache { cache.prune() }
        let isInterrupted = isCancelled()
        var removed = 0
        if options.mode == .update, !plan.isPartial, !isInterrupted {
            let store = GoldenStore(manifest)
            removed = store.removeStale(keeping: Set(plan.goldenPaths(store)))
        }
        let cases = plan.fixtures.indices.flatMap { index in
            results[index] ?? interrupted(plan.fixtures[index])
        }
        return BatchReport(
            cases: cases, isInterrupted: isInterrupted, goldenRemoved: removed,
            seconds: Double(MediaClock.system.now() - began) / 1e9)
    }

    private func perform(
        in folder: String, options: BatchOptions, cache: ResultCache, program: String
    ) async throws(BatchError) -> [Int: [BatchCase]] {
        let state = Shared()
        let golden = GoldenStore(manifest)
        var threads: [BlockingThread] = []
        func start(_ number: Int) throws(ThreadError) {
            let thread = try BlockingThread("batch-\(number)") { [self] in
                while let index = state.take(below: plan.fixtures.count), !isCancelled() {
                    observer(.began(index))
                    let job = FixtureJob(
                        fixture: plan.fixtures[index], options: options, cache: cache,
                        folder: "\(folder)/\(index)",
                        golden: golden, program: program, isCancelled: isCancelled,
                        progress: { observer(.progress(index, $0)) }, note: { observer(.note($0)) })
                    // It throws where it is cancelled, and only then.
                    guard let cases = try? job.run() else { return }
                    FileTree.remove(job.folder)
                    state.put(cases, at: index)
                    observer(.finished(index, cases))
                }
            }
            threads.append(thread)
        }
        do {
            for number in 0..<max(1, min(options.jobs, plan.fixtures.count)) { try start(number) }
        } catch {
            // Fewer at once take longer, and make the same.
            guard !threads.isEmpty else { throw .thread(error) }
        }
        for thread in threads { await thread.wait() }
        return state.results
    }

    /// What the threads share.
    private final class Shared: Sendable {
        private let state = Mutex(State())

        func take(below count: Int) -> Int? {
            state.withLock { state in
                guard state.next < count else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }

        func put(_ cases: [BatchCase], at index: Int) { state.withLock { $0.results[index] = cases } }

        var results: [Int: [BatchCase]] { state.withLock { $0.results } }
    }

    private func interrupted(_ fixture: BatchPlan.Fixture) -> [BatchCase] {
        fixture.renditions.map { BatchCase(fixture.name, $0.name, outcome: .interrupted) }
    }

    /// Where results are kept and work is done, and whether results are kept at all.
    private func storage() throws(BatchError) -> (root: String, usesCache: Bool) {
        if let cache = options.cache { return (cache, options.usesCache) }
        if let output = options.output { return ("\(output)/.convene", options.usesCache) }
        let root = "\(TemporaryPlace.folder)/convene-transcode-\(getuid())"
        try FileTree.make(root)
        try TemporaryPlace.checkOwner(root)
        return (root, false)
    }

    private static func programDigest() throws(BatchError) -> String {
        do {
            guard let digest = try FileDigest.sha256("/proc/self/exe") else { return "" }
            return digest
        } catch { throw .program(reason: "\(error)") }
    }
}

extension BatchPlan {
    /// Where golden frames of this plan are.
    func goldenPaths(_ store: GoldenStore) -> [String] {
        fixtures.flatMap { fixture in
            fixture.renditions.filter { $0.expectation.error == nil && $0.expectation.golden ?? true }.map {
                store.path(fixture, $0)
            }
        }
    }
}

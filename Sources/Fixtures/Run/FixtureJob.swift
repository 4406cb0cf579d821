import Container
import LibAV
import Media
import Transcode

/// The work on one fixture: what is not known yet is made, then all of it is compared with what is expected.
///
/// Confined to one thread.
struct FixtureJob {
    let fixture: BatchPlan.Fixture
    let options: BatchOptions
    let cache: ResultCache
    /// Folder of its own for what is being made, on the cache's file system.
    let folder: String
    let golden: GoldenStore
    /// SHA-256 of this program.
    let program: String
    let isCancelled: @Sendable () -> Bool
    let progress: (TranscodeProgress) -> Void
    let note: (String) -> Void

    private var takesFrames: Bool { options.mode != .make }

    /// Failures that are the source's, and so the same whenever it is tried.
    static let lastingFailures: Set<String> = ["unreadable", "no_tracks", "unsupported_codec", "damaged"]

    /// What is known of a rendition.
    struct Known {
        var entry: ResultCache.Entry
        var isCached: Bool
    }

    /// - Throws: ``TranscodeError/cancelled`` only.
    func run() throws(TranscodeError) -> [BatchCase] {
        let digest: String
        let stamp = FileStamp(fixture.path)
        do {
            guard let sum = try FileDigest.sha256(fixture.path, isCancelled: isCancelled) else {
                throw TranscodeError.cancelled
            }
            digest = sum
        } catch let error as TranscodeError {
            throw error
        } catch {
            return fixture.renditions.map { judge($0, unmade(inputFailure(error)), digest: "") }
        }
        var known: [String: Known] = [:]
        for rendition in fixture.renditions { known[rendition.name] = find(rendition, digest) }
        let missing = fixture.renditions.filter { known[$0.name] == nil }
        // What is expected to fail must not take the others with it.
        var groups = missing.filter { $0.expectation.error != nil }.map { [$0] }
        let together = missing.filter { $0.expectation.error == nil }
        if !together.isEmpty { groups.append(together) }
        for group in groups { known.merge(try make(group, digest, stamp)) { $1 } }
        var cases: [BatchCase] = []
        for rendition in fixture.renditions {
            if isCancelled() { throw .cancelled }
            let nothing = unmade(
                WorkResult.Failure(code: "library", text: "Nothing came of it. Please report it."))
            cases.append(judge(rendition, known[rendition.name] ?? nothing, digest: digest))
        }
        return cases
    }

    private func inputFailure(_ error: any Error) -> WorkResult.Failure {
        var reason = "\(error)"
        if case .file(_, _, let code)? = error as? ContainerError { reason = SystemError.text(code) }
        let failure = TranscodeError.inputNotFound(path: fixture.path, reason: reason)
        return WorkResult.Failure(code: failure.code, text: "\(failure)")
    }

    private func unmade(_ failure: WorkResult.Failure) -> Known {
        var result = WorkResult()
        result.failure = failure
        return Known(entry: ResultCache.Entry(result: result, folder: ""), isCached: false)
    }

    // MARK: What is known

    private func key(_ rendition: BatchPlan.Rendition, _ digest: String) -> WorkKey? {
        try? WorkKey(
            fixture, rendition, inputDigest: digest, program: program, isBitExact: options.isBitExact,
            takesFrames: takesFrames)
    }

    private func find(_ rendition: BatchPlan.Rendition, _ digest: String) -> Known? {
        guard options.usesCache, let key = key(rendition, digest) else { return nil }
        switch cache.find(key) {
        case .entry(let entry): return Known(entry: entry, isCached: true)
        case .nothing: return nil
        case .damaged(let name):
            note("\(fixture.name) \(rendition.name): the cached \(name) is damaged; it is made again.")
            return nil
        }
    }

    // MARK: What is made

    private func make(
        _ renditions: [BatchPlan.Rendition], _ digest: String, _ stamp: FileStamp?
    ) throws(TranscodeError) -> [String: Known] {
        var began = MediaClock.system.now()
        func lap() -> Double {
            let now = MediaClock.system.now()
            defer { began = now }
            return Double(now - began) / 1e9
        }
        var made: [String: Known] = [:]
        do throws(TranscodeError) {
            let result = try Transcoder.run(
                try request(renditions), isCancelled: isCancelled, progress: progress)
            let share = lap() / Double(renditions.count)
            for (rendition, output) in zip(renditions, result.outputs) {
                var work = try measure(output, rendition, notes: result.notes)
                work.seconds = share + lap()
                made[rendition.name] = keep(work, rendition, digest, stamp)
            }
        } catch {
            if error == .cancelled { throw error }
            let isInputs = Self.lastingFailures.contains(error.code) || error.code == "input_not_found"
            if renditions.count > 1, !isInputs {
                // One of them cannot be made: the others can.
                for rendition in renditions { made.merge(try make([rendition], digest, stamp)) { $1 } }
                return made
            }
            var result = WorkResult()
            result.failure = WorkResult.Failure(code: error.code, text: "\(error)")
            result.seconds = lap() / Double(renditions.count)
            for rendition in renditions { made[rendition.name] = keep(result, rendition, digest, stamp) }
        }
        return made
    }

    private func request(_ renditions: [BatchPlan.Rendition]) throws(TranscodeError) -> TranscodeRequest {
        var request = TranscodeRequest(
            input: fixture.path, outputs: [], from: fixture.from, to: fixture.to,
            isBitExact: options.isBitExact,
            threads: options.threads)
        for rendition in renditions {
            let place = "\(folder)/\(rendition.name)"
            FileTree.remove(place)
            do { try FileTree.make(place) } catch { throw .output(path: place, reason: "\(error)") }
            request.outputs.append(
                TranscodeRequest.Output(
                    path: "\(place)/\(rendition.name).\(rendition.settings.container.fileExtension)",
                    settings: rendition.settings))
        }
        return request
    }

    private func keep(
        _ result: WorkResult, _ rendition: BatchPlan.Rendition, _ digest: String, _ stamp: FileStamp?
    ) -> Known {
        let place = "\(folder)/\(rendition.name)"
        let fresh = Known(entry: ResultCache.Entry(result: result, folder: place), isCached: false)
        let isLasting = result.failure.map { Self.lastingFailures.contains($0.code) } ?? true
        guard options.usesCache, isLasting, let key = key(rendition, digest) else { return fresh }
        guard stamp == FileStamp(fixture.path) else {
            note("\(fixture.name) \(rendition.name): the source changed meanwhile; the result is not cached.")
            return fresh
        }
        do {
            if result.failure != nil { try FileTree.make(place) }
            return Known(entry: try cache.keep(result, from: place, as: key), isCached: false)
        } catch {
            note("\(fixture.name) \(rendition.name): the result is not cached: \(error)")
            return fresh
        }
    }

    /// What is wrong with a rendition is not the source's failure, and not kept as such.
    private static func reading<Value>(
        _ path: String, _ body: () throws(TranscodeError) -> Value
    ) throws(TranscodeError) -> Value {
        do { return try body() } catch {
            throw error == .cancelled ? error : .output(path: path, reason: "\(error)")
        }
    }

    private func measure(
        _ output: TranscodeResult.Output, _ rendition: BatchPlan.Rendition, notes: [String]
    ) throws(TranscodeError) -> WorkResult {
        var result = WorkResult()
        result.mainFile = output.path.split(separator: "/").last.map(String.init) ?? output.path
        for path in output.files {
            let digest: String?
            do { digest = try FileDigest.sha256(path, isCancelled: isCancelled) } catch {
                throw .output(path: path, reason: "\(error)")
            }
            guard let digest, let bytes = FileTree.size(path) else { throw .cancelled }
            let name = path.split(separator: "/").last.map(String.init) ?? path
            result.files.append(WorkResult.File(name: name, bytes: bytes, digest: digest))
        }
        let report = try Self.reading(output.path) { () throws(TranscodeError) in
            try Prober.probe(output.path)
        }
        result.streams = report.streams
        result.duration = report.duration ?? output.duration
        result.frames = output.framesOut
        result.notes = notes + output.notes
        if takesFrames {
            let frames = try Self.reading(output.path) { () throws(TranscodeError) in
                try GoldenFrames.take(output.path, isCancelled: isCancelled)
            }
            result.frames = frames.pictureCount
            result.golden = frames.text
        }
        let metrics = rendition.expectation.metrics
        if !metrics.isEmpty, output.framesOut > 0 {
            let comparison = try Comparer.compare(
                fixture.path, output.path, metrics: metrics, from: fixture.from ?? 0, isCancelled: isCancelled
            )
            result.measures = comparison.measures.map { WorkResult.Measure($0, $1) }.sorted {
                $0.metric.rawValue < $1.metric.rawValue
            }
        }
        return result
    }
}

extension WorkResult.Measure {
    init(_ metric: Metric, _ measure: Comparison.Measure) {
        self.init(
            metric: metric, average: measure.average.isFinite ? measure.average : nil,
            minimum: measure.minimum.isFinite ? measure.minimum : nil, minimumAt: measure.minimumAt)
    }
}

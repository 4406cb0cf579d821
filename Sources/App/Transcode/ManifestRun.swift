import Container
import Fixtures
import FoundationEssentials
import Glibc
import Transcode

/// `convene transcode --manifest`: makes the renditions of all fixtures, and says which are not as expected.
public enum ManifestRun {
    /// Runs a manifest.
    /// - Throws: ``AppError``, also where a rendition is not as expected, or SIGINT or SIGTERM ended it.
    @MainActor
    public static func run(_ options: ManifestOptions) async throws {
        try options.validate()
        let manifest: Manifest
        let plan: BatchPlan
        do throws(ManifestError) {
            manifest = try Manifest(path: options.manifest)
            plan = try BatchPlan(manifest, only: options.only)
        } catch { throw AppError("\(error)", status: status(error)) }
        guard !plan.fixtures.isEmpty else { throw nothing(options) }
        for file in [options.junit, options.report].compactMap({ $0 }) { try checkFolder(of: file) }
        try await Termination.run(after: nil) { termination in
            try await run(options, manifest, plan, termination)
        }
    }

    private static func run(
        _ options: ManifestOptions, _ manifest: Manifest, _ plan: BatchPlan, _ termination: Termination
    ) async throws {
        let began = Date()
        let display = BatchDisplay(plan)
        let runner = BatchRunner(
            manifest, plan, batchOptions(options), isCancelled: { termination.isRequested },
            observer: { display.handle($0) })
        let report: BatchReport
        do throws(BatchError) {
            report = try await runner.run()
        } catch {
            display.clear()
            throw AppError("\(error)", status: .inputOutput)
        }
        display.clear()
        try writeReports(report, options, began)
        let columns = isatty(STDOUT_FILENO) == 1 ? TerminalSize.current().columns : nil
        for line in BatchTable.lines(report, columns: columns) { Output.line(line) }
        let failures = BatchTable.failures(report)
        if !failures.isEmpty { Output.line("") }
        for line in failures { Output.line(line) }
        let summary = BatchTable.summary(report)
        guard !report.isInterrupted else { throw AppError(summary, status: .interrupted) }
        guard report.isSuccess else { throw AppError(summary, status: .failure) }
        Output.line("")
        Output.line(summary)
    }

    private static func batchOptions(_ options: ManifestOptions) -> BatchOptions {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        var batch = BatchOptions()
        batch.mode = options.checks ? .check : options.updates ? .update : .make
        batch.output = options.output
        batch.jobs = options.jobs ?? max(1, cores)
        batch.threads = max(1, cores / batch.jobs)
        batch.isBitExact = options.isBitExact || options.checks || options.updates
        batch.cache = options.cache
        batch.usesCache = !options.ignoresCache
        return batch
    }

    private static func writeReports(_ report: BatchReport, _ options: ManifestOptions, _ began: Date) throws
    {
        let time = began.formatted(Date.ISO8601FormatStyle())
        if let file = options.junit {
            let text = JUnitReport.text(
                report, name: options.manifest,
                timestamp: time.hasSuffix("Z") ? String(time.dropLast()) : time)
            try WholeFile.write(Array(text.utf8), to: file)
        }
        if let file = options.report {
            let text = try JSONReport(report, manifest: options.manifest, began: time).text()
            try WholeFile.write(Array(text.utf8), to: file)
        }
    }

    /// Told before the work, not after it.
    private static func checkFolder(of file: String) throws(AppError) {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
        guard access(folder, W_OK) == 0 else {
            throw AppError(
                "\(file) cannot be written: \(SystemError.text(errno)). Choose another file.",
                status: .inputOutput)
        }
    }

    private static func status(_ error: ManifestError) -> ExitStatus {
        if case .unreadable(_, let code) = error { return code == ENOENT ? .inputNotFound : .inputOutput }
        return .usage
    }

    private static func nothing(_ options: ManifestOptions) -> AppError {
        let reason =
            options.only.map { "No fixture of \(options.manifest) is called \($0). Check --only." }
            ?? "\(options.manifest) has no fixtures. Add some."
        return AppError(reason, status: .usage)
    }
}

import Transcode

extension FixtureJob {
    /// Compares a result with what is expected, and puts the rendition where it belongs.
    func judge(_ rendition: BatchPlan.Rendition, _ known: Known, digest: String) -> BatchCase {
        let result = known.entry.result
        var item = BatchCase(fixture.name, rendition.name, outcome: .passed)
        item.isCached = known.isCached
        item.seconds = known.isCached ? 0 : result.seconds
        item.notes = result.notes
        item.failures = ExpectationCheck.failures(result, rendition.expectation)
        if result.failure == nil {
            item.bytes = result.bytes
            item.frames = result.frames
            item.duration = result.duration
            item.psnr = result.average(.psnr).flatMap { $0.isFinite ? $0 : nil }
            item.ssim = result.average(.ssim)
            if rendition.expectation.golden ?? true { lookAtGolden(rendition, known.entry, digest, &item) }
            place(rendition, known.entry, &item)
        } else if item.failures.isEmpty {
            item.expectedError = result.failure?.code
        }
        if !item.failures.isEmpty { item.outcome = .failed }
        return item
    }

    private func lookAtGolden(
        _ rendition: BatchPlan.Rendition, _ entry: ResultCache.Entry, _ digest: String,
        _ item: inout BatchCase
    ) {
        guard options.mode != .make, let text = entry.result.golden, var now = try? GoldenFrames(text: text)
        else {
            return
        }
        now.origin = GoldenFrames.Origin(
            input: fixture.name, inputDigest: digest, rendition: rendition.name,
            settings: rendition.settings.line,
            libraries: GoldenFrames.libraries)
        let path = golden.path(fixture, rendition)
        if options.mode == .check {
            let check = GoldenCheck(store: golden, isCancelled: isCancelled)
            let failure = check.failure(
                now, path: path, media: "\(entry.folder)/\(entry.result.mainFile)",
                soundVaries: rendition.settings.audio?.codec.variesWithProcessor ?? false)
            item.golden = failure == nil ? .same : .different
            if let failure { item.failures.append(failure) }
        } else if item.failures.isEmpty {
            // What is not as expected otherwise is no model for later runs.
            do {
                let isNew = try golden.write(now, of: entry.result, in: entry.folder, to: path)
                item.golden = isNew ? .updated : .unchanged
            } catch { item.failures.append(BatchFailure(code: .write, text: "\(error)")) }
        }
    }

    /// Gives the rendition its name in the folder of outputs, also where something is wrong with it: somebody will want to
    /// see what.
    private func place(_ rendition: BatchPlan.Rendition, _ entry: ResultCache.Entry, _ item: inout BatchCase)
    {
        guard let output = options.output else { return }
        let folder = "\(output)/\(fixture.name)"
        let result = entry.result
        do {
            try FileTree.make(folder)
            // The playlist last: it must not name what is not there yet.
            for file in result.files.filter({ $0.name != result.mainFile })
                + result.files.filter({ $0.name == result.mainFile })
            where !ResultCache.isWhole(file, in: folder) {
                try FileTree.place("\(entry.folder)/\(file.name)", at: "\(folder)/\(file.name)")
                // Something had to be done after all.
                item.isCached = false
            }
            item.output = "\(folder)/\(result.mainFile)"
        } catch { item.failures.append(BatchFailure(code: .write, text: "\(error)")) }
    }
}

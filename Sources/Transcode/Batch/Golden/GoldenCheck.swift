/// Compares a rendition with its golden frames, and explains what is different.
struct GoldenCheck: Sendable {
    let store: GoldenStore
    let isCancelled: @Sendable () -> Bool

    /// - Parameters:
    ///   - path: of the golden frames.
    ///   - media: the rendition of now.
    ///   - hearsSound: whether the samples of sound are compared; otherwise only its times are.
    /// - Returns: what is wrong; `nil` where nothing is.
    func failure(_ now: GoldenFrames, path: String, media: String, hearsSound: Bool) -> BatchFailure? {
        guard let text = FileTree.text(path) else {
            return BatchFailure(
                code: .goldenMissing,
                text:
                    "There are no golden frames for libavcodec \(store.major) at \(path). Run it with --update, look at"
                    + " the rendition, and commit them.")
        }
        let golden: GoldenFrames
        do { golden = try GoldenFrames(text: text) } catch {
            return BatchFailure(
                code: .goldenUnreadable,
                text: "The golden frames \(path) cannot be read: \(error). Run it with --update.")
        }
        guard let difference = GoldenDifference.find(was: golden, now: now, hearsSound: hearsSound) else {
            return nil
        }
        let parts = ["\(difference)"] + quality(difference, path, media) + causes(golden.origin, now.origin)
        return BatchFailure(code: .golden, text: parts.joined(separator: ". ") + ". Golden frames: \(path)")
    }

    /// What has changed besides the frames.
    private func causes(_ was: GoldenFrames.Origin, _ now: GoldenFrames.Origin) -> [String] {
        var causes: [String] = []
        if was.inputDigest != now.inputDigest { causes.append("The fixture's file has changed since") }
        if was.settings != now.settings {
            causes.append("The settings have changed since: they were \(was.settings)")
        }
        for (library, major) in was.libraries.sorted(by: { $0.key < $1.key }) {
            if let current = now.libraries[library], current != major {
                causes.append("\(library) was \(major) and is \(current)")
            }
        }
        return causes
    }

    /// The PSNR between then and now.
    private func quality(_ difference: GoldenDifference, _ path: String, _ media: String) -> [String] {
        guard !difference.isSound else { return [] }
        let name = media.split(separator: "/").last.map(String.init) ?? media
        guard let old = store.media(path, named: name) else {
            return ["The PSNR between then and now is not known: no rendition was kept (golden.keepBytes)"]
        }
        do {
            let comparison = try Comparer.compare(old, media, metrics: [.psnr], isCancelled: isCancelled)
            guard let measure = comparison.measures[.psnr] else { return [] }
            guard measure.minimum.isFinite else {
                return [
                    "The pictures are those of the rendition that was kept: the golden file was changed by itself"
                ]
            }
            func text(_ value: Double) -> String { DecimalText.text(value, places: 1) + " dB" }
            let there =
                measure.perFrame.indices.contains(difference.number)
                ? "\(text(measure.perFrame[difference.number])) there, " : ""
            return [
                "PSNR between then and now: \(there)\(text(measure.average)) over all,"
                    + " at least \(text(measure.minimum)) at \(DecimalText.text(measure.minimumAt, places: 3)) s"
            ]
        } catch { return ["The PSNR between then and now is not known: \(error)"] }
    }
}

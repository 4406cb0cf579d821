import Media
import Transcode

/// Compares a rendition with its golden frames, and explains what is different.
struct GoldenCheck: Sendable {
    let store: GoldenStore
    let isCancelled: @Sendable () -> Bool

    /// - Parameters:
    ///   - path: of the golden frames.
    ///   - media: the rendition of now.
    ///   - soundVaries: whether its sound was encoded by somebody who computes otherwise on another make of processor.
    /// - Returns: what is wrong; `nil` where nothing is.
    func failure(
        _ now: GoldenFrames, path: String, media: String, soundVaries: Bool
    ) -> BatchFailure? {
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
        guard let difference = GoldenDifference.find(was: golden, now: now) else { return nil }
        let old = kept(path, media)
        let causes = causes(golden.origin, now.origin)
        // What has another cause is not the processor's doing, nor is a text that does not belong to the rendition.
        if soundVaries, difference.isInSamplesOfSoundOnly, causes.isEmpty, let old,
            let comparison = try? SoundComparer.compare(old, media, isCancelled: isCancelled),
            comparison.isAlike, comparison.average.isFinite
        {
            return nil
        }
        let parts = ["\(difference)"] + quality(difference, old, media) + causes
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

    /// The rendition of then, where it was kept.
    private func kept(_ path: String, _ media: String) -> String? {
        store.media(path, named: media.split(separator: "/").last.map(String.init) ?? media)
    }

    /// How much the pictures or the sounds of then and now differ.
    private func quality(_ difference: GoldenDifference, _ old: String?, _ media: String) -> [String] {
        let measure = difference.isSound ? "SNR" : "PSNR"
        guard let old else {
            return [
                "The \(measure) between then and now is not known: no rendition was kept (golden.keepBytes)"
            ]
        }
        do {
            return try difference.isSound ? sounds(old, media) : pictures(old, media, difference)
        } catch { return ["The \(measure) between then and now is not known: \(error)"] }
    }

    private func pictures(
        _ old: String, _ media: String, _ difference: GoldenDifference
    ) throws(TranscodeError) -> [String] {
        let comparison = try Comparer.compare(old, media, metrics: [.psnr], isCancelled: isCancelled)
        guard let measure = comparison.measures[.psnr] else { return [] }
        guard measure.minimum.isFinite else {
            return [
                "The pictures are those of the rendition that was kept: the golden file was changed by itself"
            ]
        }
        let there =
            measure.perFrame.indices.contains(difference.number)
            ? "\(text(measure.perFrame[difference.number])) there, " : ""
        return [
            "PSNR between then and now: \(there)\(text(measure.average)) over all,"
                + " at least \(text(measure.minimum)) at \(DecimalText.fixed(measure.minimumAt, digits: 3)) s"
        ]
    }

    private func sounds(_ old: String, _ media: String) throws(TranscodeError) -> [String] {
        let comparison = try SoundComparer.compare(old, media, isCancelled: isCancelled)
        guard comparison.average.isFinite else {
            return [
                "The sounds are those of the rendition that was kept: the golden file was changed by itself"
            ]
        }
        return [
            "SNR between then and now: \(text(comparison.average)) over all, at least"
                + " \(text(comparison.minimum)) at \(DecimalText.fixed(comparison.minimumAt, digits: 3)) s"
        ]
    }

    private func text(_ decibels: Double) -> String { DecimalText.fixed(decibels, digits: 1) + " dB" }
}

import Media
import Transcode

/// `convene probe FILE`: what is in a media file.
public enum ProbeFile {
    /// Prints it.
    /// - Throws: ``AppError`` where it is no media file.
    @MainActor
    public static func run(_ path: String, json: Bool) async throws {
        let report = try await BlockingWork.run("probe") { try Prober.probe(path) }
        if json { return Output.line(try JSONText.encode(report)) }
        for line in lines(report) { Output.line(line) }
    }

    private static func lines(_ report: MediaReport) -> [String] {
        var head = [report.container, ByteSize.text(report.bytes)]
        if let duration = report.duration { head.append(DecimalText.seconds(duration)) }
        if let bitRate = report.bitRate { head.append(BitRate.text(Double(bitRate))) }
        if let start = report.start, start != 0 { head.append("from \(DecimalText.seconds(start))") }
        if report.chapters > 0 { head.append("\(report.chapters) chapters") }
        return ["\(report.path): \(head.joined(separator: ", "))"]
            + report.streams.map { "  \($0.index)  \(text($0))" } + report.notes.map { "  \($0)" }
    }

    private static func text(_ stream: MediaReport.Stream) -> String {
        var parts = ["\(stream.kind) \(stream.codec)\(stream.profile.map { " \($0)" } ?? "")"]
        if let video = stream.video { parts += text(video) }
        if let audio = stream.audio { parts += ["\(audio.sampleRate) Hz", audio.layout] }
        if let bitRate = stream.bitRate { parts.append(BitRate.text(Double(bitRate))) }
        if let duration = stream.duration { parts.append(DecimalText.seconds(duration)) }
        if let language = stream.language { parts.append(language) }
        if let title = stream.title { parts.append("\"\(title)\"") }
        if stream.isDefault { parts.append("default") }
        if !stream.isDecodable, stream.video != nil || stream.audio != nil {
            parts.append("no decoder installed")
        }
        return parts.joined(separator: ", ")
    }

    private static func text(_ video: MediaReport.Video) -> [String] {
        var parts = ["\(video.width)x\(video.height)"]
        if video.displayWidth != video.width || video.displayHeight != video.height {
            parts.append("shown as \(video.displayWidth)x\(video.displayHeight)")
        }
        if let rate = video.frameRate {
            parts.append("\(rate) a second\(video.isVariableFrameRate ? ", varying" : "")")
        }
        parts.append(video.pixelFormat)
        if let range = video.range { parts.append("\(range) range") }
        if let matrix = video.matrix { parts.append(matrix) }
        if let order = video.fieldOrder, order != "progressive" {
            parts.append("interlaced, \(order) field first")
        }
        if video.rotation != 0 { parts.append("turned by \(video.rotation) degrees") }
        if video.isMirrored { parts.append("mirrored") }
        if video.hasBFrames { parts.append("B-frames") }
        return parts
    }
}

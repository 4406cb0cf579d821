import Container
import LibAV
import Media

/// Looks into media files.
public enum Prober {
    /// What is in the file at `path`. Reads its beginning only. Blocks.
    /// - Throws: where there is no such file, or it is no media file.
    public static func probe(_ path: String) throws(TranscodeError) -> MediaReport {
        do {
            let input = try InputFormat(file: path)
            let pace = try PictureDistances(reading: input)
            let streams = input.streams.map { stream($0, isVarying: pace.isVarying($0)) }
            return MediaReport(
                path: path, container: input.formatName, bytes: (try? RecordingFile(path, .read).size()) ?? 0,
                duration: input.durationInNanoseconds.map { Double($0) / 1e9 },
                start: input.startInNanoseconds.map { Double($0) / 1e9 }, bitRate: input.bitRate,
                streams: streams,
                chapters: input.chapterCount, notes: notes(streams))
        } catch { throw SourceFile.opening(path, error) }
    }

    private static func stream(_ stream: InputStream, isVarying: Bool) -> MediaReport.Stream {
        let parameters = stream.parameters
        let isCover = stream.isAttachedPicture
        return MediaReport.Stream(
            index: stream.index, kind: isCover ? "cover" : parameters.typeName, codec: parameters.codecName,
            profile: parameters.profileName, bitRate: parameters.bitRate,
            duration: stream.duration.map { stream.timeBase.seconds($0) },
            start: stream.startTime.map { stream.timeBase.seconds($0) }, language: stream.tags["language"],
            title: stream.tags["title"], isDefault: stream.isDefault, isDecodable: parameters.isDecodable,
            video: parameters.kind == .video ? video(stream, isVarying: isVarying) : nil,
            audio: parameters.kind == .audio
                ? MediaReport.Audio(
                    sampleRate: parameters.sampleRate, channels: parameters.channels,
                    layout: parameters.channels > 0 ? parameters.channelLayoutName : "unknown") : nil)
    }

    private static func video(_ stream: InputStream, isVarying: Bool) -> MediaReport.Video {
        let parameters = stream.parameters
        let aspect = stream.sampleAspectRatio
        let wide = Int((Double(parameters.width) * Double(aspect.width) / Double(aspect.height)).rounded())
        let isTurned = (stream.orientation.quarterTurns ?? 0) % 2 == 1
        return MediaReport.Video(
            width: parameters.width, height: parameters.height,
            displayWidth: isTurned ? parameters.height : wide,
            displayHeight: isTurned ? wide : parameters.height,
            sampleAspectRatio: "\(aspect.width):\(aspect.height)",
            rotation: Int(stream.orientation.degrees.rounded()), isMirrored: stream.orientation.isMirrored,
            frameRate: stream.averageFrameRate.map {
                $0.denominator == 1 ? "\($0.numerator)" : "\($0.numerator)/\($0.denominator)"
            },
            isVariableFrameRate: isVarying, pixelFormat: parameters.layout?.name ?? "unknown",
            bitDepth: parameters.layout?.bitDepth ?? 0,
            hasAlpha: parameters.layout?.hasAlpha == true || stream.tags["alpha_mode"] == "1",
            range: parameters.color.range, matrix: parameters.color.matrix,
            primaries: parameters.color.primaries,
            transfer: parameters.color.transfer, fieldOrder: parameters.fieldOrder,
            hasBFrames: parameters.reorderDepth > 0)
    }

    private static func notes(_ streams: [MediaReport.Stream]) -> [String] {
        var notes: [String] = []
        for stream in streams {
            let name = "stream \(stream.index)"
            if stream.video != nil || stream.audio != nil, !stream.isDecodable {
                notes.append("\(name): no decoder for \(stream.codec) is installed")
            }
            guard let video = stream.video, stream.kind == "video" else { continue }
            if video.width == 0 || video.height == 0 { notes.append("\(name): the size cannot be found out") }
            if let order = video.fieldOrder, order != "progressive" {
                notes.append("\(name): interlaced; a transcode makes it progressive")
            }
            if video.hasAlpha { notes.append("\(name): has transparency, which a transcode drops") }
            if video.width % 2 != 0 || video.height % 2 != 0 {
                notes.append("\(name): an odd size, which a transcode in the same size crops to an even one")
            }
            if video.rotation % 90 != 0 {
                notes.append("\(name): turned by \(video.rotation) degrees, which is ignored")
            }
        }
        if !streams.contains(where: { $0.kind == "video" || $0.kind == "audio" }) {
            notes.append("there is neither video nor audio")
        }
        return notes
    }
}

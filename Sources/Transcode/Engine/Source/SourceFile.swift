import Container
import LibAV
import Media

/// The file that is transcoded: its packets, and which of its streams are used.
///
/// Confined to one thread, but for what was decided when it was opened.
final class SourceFile {
    let path: String
    private let input: InputFormat
    private var continuity: TimeContinuity?
    /// The video stream that is used.
    let video: InputStream?
    /// The audio streams that are used, the one that players choose first.
    let sounds: [InputStream]
    /// Streams that are left out and why, for people.
    private let omissions: [String]
    /// The first places at which time stamps jumped.
    private var joints: [TimeContinuity.Joint] = []
    /// Why it could not be read to its end.
    private var failure: String?
    /// Nanoseconds of the first time stamp.
    let origin: Int64
    /// Nanoseconds from the first to the last time stamp, where the file says it.
    let duration: Int64?
    /// Whether the file has no time stamps.
    let hasNoTimeStamps: Bool
    /// Tags of the whole that are worth keeping.
    let tags: [String: String]
    private static let seekableFormats = ["mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"]

    /// Opens it.
    /// - Parameter isInterrupted: asked while a read blocks.
    init(_ path: String, isInterrupted: (@Sendable () -> Bool)? = nil) throws(TranscodeError) {
        self.path = path
        do {
            input = try InputFormat(file: path, isInterrupted: isInterrupted)
        } catch {
            if isInterrupted?() == true { throw .cancelled }
            throw Self.opening(path, error)
        }
        let usable = input.streams.filter { !$0.isAttachedPicture && $0.isUsable }
        let videos = usable.filter { $0.parameters.kind == .video }
        let best = input.bestStream(.video)
        video = videos.first { $0.index == best } ?? videos.first
        let audios = usable.filter { $0.parameters.kind == .audio }
        let bestSound = audios.firstIndex { $0.isDefault } ?? 0
        sounds = audios.isEmpty ? [] : [audios[bestSound]] + audios[..<bestSound] + audios[(bestSound + 1)...]
        origin = input.startInNanoseconds ?? 0
        duration = input.durationInNanoseconds.flatMap { $0 > 0 ? $0 : nil }
        // Raw streams have none, whatever their demuxer says.
        hasNoTimeStamps = input.hasNoTimeStamps || input.startInNanoseconds == nil
        tags = input.tags.filter { Self.keptTags.contains($0.key.lowercased()) }
        omissions = Self.omissions(input.streams, video: video)
        continuity = input.hasDiscontinuousTime ? TimeContinuity() : nil
        let used = Set(([video].compactMap { $0 } + sounds).map(\.index))
        for stream in input.streams where !used.contains(stream.index) { input.discard(stream: stream.index) }
        try check()
    }

    private static let keptTags: Set<String> = [
        "title", "artist", "album", "comment", "description", "date", "copyright", "genre",
    ]

    static func opening(_ path: String, _ error: AVError) -> TranscodeError {
        if let code = error.errno, SystemError.isAboutPaths(code) {
            return .inputNotFound(path: path, reason: SystemError.text(code))
        }
        return .unreadable(path: path, reason: UnreadableFile.reason(path) ?? error.log.last ?? error.reason)
    }

    /// What is left out, and what was wrong so far, for people.
    var notes: [String] {
        let places = joints.map { "\($0.text(since: origin)); joined" }
        let more = hasJoints ? (continuity?.count ?? 0) - joints.count : 0
        let others = more > 0 ? ["time stamps jump at \(more) more places; joined"] : []
        return omissions + places + others + [input.missingFilesText, failure].compactMap { $0 }
    }

    /// Whether time stamps jumped so far: the file's own duration says nothing then.
    var hasJoints: Bool { (continuity?.count ?? 0) > 0 }

    /// Nanoseconds from the origin that the last time stamp can have at most, by what the file says of itself. Those of formats with
    /// discontinuities may jump; what makes no sense is joined.
    var longest: Int64 { continuity == nil ? duration.map { $0.saturatingAdd(Self.slack) } ?? .max : .max }

    private static let slack: Int64 = 60_000_000_000

    /// Streams that are left out though the file has them.
    private static func omissions(_ streams: [InputStream], video: InputStream?) -> [String] {
        var notes: [String] = []
        for stream in streams {
            let kind = stream.parameters.typeName
            if stream.isAttachedPicture {
                notes.append("cover art (stream \(stream.index)) left out")
            } else if stream.parameters.kind == nil {
                notes.append("\(kind == "subtitle" ? "subtitles" : kind) (stream \(stream.index)) left out")
            } else if !stream.isUsable {
                let name = stream.parameters.codecName
                notes.append("\(kind) (stream \(stream.index), \(name)) left out: it cannot be decoded")
            } else if stream.parameters.kind == .video, stream.index != video?.index {
                notes.append("further video (stream \(stream.index)) left out")
            }
        }
        return notes
    }

    /// - Throws: where nothing can be used.
    private func check() throws(TranscodeError) {
        guard video == nil, sounds.isEmpty else { return }
        let media = input.streams.filter { $0.parameters.kind != nil && !$0.isAttachedPicture }
        if let stream = media.first(where: { !$0.parameters.isDecodable }) {
            throw .unsupportedCodec(path: path, codec: stream.parameters.codecName)
        }
        if let stream = media.first {
            let kind = stream.parameters.typeName
            throw .damaged(path: path, reason: "the \(kind)'s size or rate cannot be found out")
        }
        throw .noTracks(path: path)
    }

    /// The next packet of a stream that is used.
    /// - Returns: `false` at the end, also where the file cannot be read further; a note says so.
    func read(into packet: borrowing OwnedPacket) -> Bool {
        while true {
            do {
                guard try input.read(into: packet) else { return false }
            } catch {
                failure = "reading ended early: \(error.reason)"
                return false
            }
            guard packet.count > 0, let stream = stream(packet.streamIndex) else { continue }
            if let joint = continuity?.adjust(packet, of: stream), joints.count < Self.maximumNotes {
                joints.append(joint)
            }
            return true
        }
    }

    private static let maximumNotes = 20

    private func stream(_ index: Int) -> InputStream? {
        video?.index == index ? video : sounds.first { $0.index == index }
    }

    /// Goes to a keyframe early enough to have all pictures from `time` nanoseconds after the origin on. Does nothing where
    /// the format cannot.
    func seek(before time: Int64) {
        let target = origin.saturatingAdd(time).saturatingSubtract(Self.seekMargin)
        guard target > origin, Self.seekableFormats.contains(input.formatName) else { return }
        // Where it fails, everything from the beginning is read and dropped.
        try? input.seek(toNanoseconds: target)
    }

    /// Decoding times run ahead of presentation times, and sound needs a packet before the first.
    private static let seekMargin: Int64 = 1_000_000_000
}

extension InputStream {
    /// Whether there is a decoder, and its size or rate is known.
    var isUsable: Bool {
        guard parameters.isDecodable else { return false }
        return parameters.kind == .video
            ? parameters.width > 0 && parameters.height > 0
            : parameters.sampleRate > 0 && parameters.channels > 0
    }
}

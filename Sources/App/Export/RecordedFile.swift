import Archive
import Container

/// One file of a participant's source.
struct RecordedFile: Sendable {
    let path: String
    /// Microseconds from the meeting's start to the file's time 0.
    let start: Int64
    /// Microseconds.
    let duration: Int64
    let hasVideo: Bool
    let hasAudio: Bool
    /// Whether it has an index, so that seeking is cheap and exact.
    let isSeekable: Bool

    var end: Int64 { start + duration }

    init(_ segment: MeetingManifest.Segment, folder: String) {
        path = folder + "/" + segment.file
        start = segment.start
        duration = MeetingSelection.duration(of: segment, folder: folder)
        hasVideo = segment.tracks.contains { $0.kind == "video" }
        hasAudio = segment.tracks.contains { $0.kind == "audio" }
        isSeekable = segment.state == .finalised
    }

    /// Opens it, at the last keyframe before `time` of the meeting where that is within.
    func open(from time: Int64) throws(ContainerError) -> Demuxer {
        let demuxer = try Demuxer(path: path)
        if isSeekable, time > start { try demuxer.seek(toNanoseconds: (time - start) * 1000) }
        return demuxer
    }

    /// Microseconds of a file, 0 where it cannot be told.
    static func duration(path: String) -> Int64 {
        ((try? Demuxer(path: path))?.durationInNanoseconds ?? 0) / 1000
    }
}

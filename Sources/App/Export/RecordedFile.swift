import Archive
import Container
import Media

/// One file of a participant's source.
///
/// Its times are those of the meeting, by the publisher's clock as the journal maps it: see ``ClockMap``.
struct RecordedFile: Sendable {
    let path: String
    /// Microseconds from the meeting's start to the file's time 0.
    let start: Int64
    /// Microseconds from the meeting's start to the file's end.
    let end: Int64
    let hasVideo: Bool
    let hasAudio: Bool
    /// Whether it has an index, so that seeking is cheap and exact.
    let isSeekable: Bool
    /// In the order of the file's tracks; never empty.
    private let clocks: [ClockMap]

    init(_ segment: MeetingManifest.Segment, folder: String, clocks: SegmentClocks) {
        path = folder + "/" + segment.file
        // Of a file that is still being written the manifest does not know how long it is.
        let known = segment.duration > 0 ? segment.duration : Self.duration(path: path)
        let duration = min(known, Self.longestDuration)
        let maps = (0..<max(1, segment.tracks.count)).map { clocks.map(of: segment, track: $0) }
        self.clocks = maps
        start = maps.map { $0.meetingTime(ofMedia: 0) / 1000 }.min() ?? segment.start
        end = maps.map { $0.meetingTime(ofMedia: duration * 1000) / 1000 }.max() ?? segment.start + duration
        hasVideo = segment.tracks.contains { $0.kind == "video" }
        hasAudio = segment.tracks.contains { $0.kind == "audio" }
        isSeekable = segment.state == .finalised
    }

    private init(_ file: RecordedFile, at start: Int64) {
        path = file.path
        self.start = start
        end = start + file.end - file.start
        (hasVideo, hasAudio, isSeekable) = (file.hasVideo, file.hasAudio, file.isSeekable)
        clocks = [ClockMap(points: [], start: start * 1000)]
    }

    /// The same file with a clock that is right at `time` of the meeting and runs evenly: for what copies packets, and
    /// so cannot correct drift.
    func anchored(at time: Int64) -> RecordedFile {
        RecordedFile(self, at: time - clocks[0].mediaTime(ofMeeting: time * 1000) / 1000)
    }

    /// When what the track at `place` of the file holds was captured.
    func clock(ofTrack place: Int) -> ClockMap { clocks[clocks.indices.contains(place) ? place : 0] }

    /// The file's first track of a kind, and its clock.
    func track(_ kind: MediaKind, of demuxer: Demuxer) -> (track: Demuxer.Track, clock: ClockMap)? {
        demuxer.tracks.firstIndex { $0.kind == kind }.map { (demuxer.tracks[$0], clock(ofTrack: $0)) }
    }

    /// Opens it, at the last keyframe before `time` of the meeting where that is within.
    func open(from time: Int64) throws(ContainerError) -> Demuxer {
        let demuxer = try Demuxer(recording: path)
        let media = clocks[0].mediaTime(ofMeeting: time * 1000)
        if isSeekable, media > 0 { try demuxer.seek(toNanoseconds: media) }
        return demuxer
    }

    /// Beyond this, microseconds, a duration is nonsense: about ten years.
    private static let longestDuration: Int64 = 1 << 48

    /// Microseconds of a file, 0 where it cannot be told.
    private static func duration(path: String) -> Int64 {
        ((try? Demuxer(recording: path))?.durationInNanoseconds ?? 0) / 1000
    }
}

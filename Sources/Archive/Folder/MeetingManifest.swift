import Container
import FoundationEssentials
import Glibc
import Media

/// `meeting.json`: what a meeting's folder holds. Rewritten whole, by renaming, whenever a file begins or ends.
public struct MeetingManifest: Codable, Sendable, Hashable {
    /// Somebody who was in the room.
    public struct Participant: Codable, Sendable, Hashable {
        /// Unique within the meeting; begins the names of the files.
        public var id: String
        /// As given by the participant.
        public var name: String
        /// Microseconds from the meeting's start, the first time.
        public var joined: Int64
        /// Microseconds from the meeting's start, the last time; missing while there.
        public var left: Int64?
    }

    /// A track of a file.
    public struct Track: Codable, Sendable, Hashable {
        /// The number it had in the room.
        public var track: UInt32
        /// `video` or `audio`.
        public var kind: String
        /// `h264`, `opus` or `aac`.
        public var codec: String
        /// Pixels, for video.
        public var width: Int?
        /// Pixels, for video.
        public var height: Int?
        /// Samples a second, for audio.
        public var sampleRate: Int?
        /// Channels, for audio.
        public var channels: Int?
        /// Samples of the file.
        public var packets: Int
    }

    /// What became of a file.
    public enum State: String, Codable, Sendable {
        /// It is being written: fragmented MP4, playable at any time.
        case writing
        /// Plain, seekable MP4.
        case finalised
        /// Fragmented MP4 that could not be finalised; playable.
        case fragmented
    }

    /// One file.
    public struct Segment: Codable, Sendable, Hashable {
        /// Its name in the folder.
        public var file: String
        /// Whose it is.
        public var participant: String
        /// Which source of the participant, for instance `camera`.
        public var source: String
        /// Counts the files of a participant's source from 1.
        public var number: Int
        /// Microseconds from the meeting's start to the file's time 0.
        public var start: Int64
        /// Microseconds.
        public var duration: Int64
        /// Size of the file.
        public var bytes: Int64
        /// In the order of the file.
        public var tracks: [Track]
        /// Whether it is finished.
        public var state: State
        /// SHA-256 of a finalised file, hexadecimal; missing until it has been computed.
        public var sha256: String?
    }

    /// Version of this format.
    public var version = 1
    /// Name of the meeting's folder.
    public var meeting: String
    /// The room it was held in.
    public var room: String
    /// Wall-clock time of the start, ISO 8601 with milliseconds, UTC.
    public var started: String
    /// Wall-clock time of the end; missing while it lasts, or where the server did not live to see it.
    public var ended: String?
    /// `true` where it must not be deleted; missing otherwise.
    public var hold: Bool?
    /// In the order in which they joined.
    public var participants: [Participant] = []
    /// In the order in which they began.
    public var segments: [Segment] = []
    /// Names and versions of what wrote it.
    public var software: [String: String] = [:]

    /// A meeting that has just begun.
    public init(meeting: String, room: String, started: String, software: [String: String]) {
        self.meeting = meeting
        self.room = room
        self.started = started
        self.software = software
    }

    /// The name of the file in a meeting's folder.
    public static let fileName = "meeting.json"

    /// Reads the manifest in a meeting's folder.
    public static func read(folder: String) throws(ArchiveError) -> MeetingManifest {
        let path = folder + "/" + fileName
        let bytes: [UInt8]
        do throws(ContainerError) {
            let file = try RecordingFile(path, .read, levels: RecordingFile.archiveLevels)
            let size = try file.size()
            guard size <= ArchiveLimits.largestManifest else {
                throw .damaged(path: path, reason: "it has \(size) bytes")
            }
            bytes = try file.read(Int(size), at: 0)
        } catch {
            // It may be there and whole, only not for us or not now.
            if case .file(_, _, let code) = error, code != ENOENT { throw .container(error) }
            throw .damaged(path: path, reason: error.reason)
        }
        do {
            var manifest = try JSONDecoder().decode(MeetingManifest.self, from: Data(bytes))
            try manifest.makeSane()
            return manifest
        } catch { throw .damaged(path: path, reason: JSONProblem.text(error, in: bytes)) }
    }

    /// Takes out what nobody can calculate with. A guest can make a recorder write absurd times; that must not cost the meeting.
    /// - Throws: where a name leads out of the folder: that no recorder wrote.
    private mutating func makeSane() throws {
        if let bad = segments.first(where: { !EntryName.isRecording($0.file) }) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: [],
                    debugDescription: "\"\(bad.file)\" is no name of a recording in its folder"))
        }
        func sane(_ time: Int64) -> Int64 { time.magnitude < ArchiveLimits.longestMeeting ? time : 0 }
        for index in participants.indices {
            participants[index].joined = sane(participants[index].joined)
            participants[index].left = participants[index].left.map(sane)
        }
        for index in segments.indices {
            segments[index].start = sane(segments[index].start)
            segments[index].duration = max(0, sane(segments[index].duration))
            segments[index].bytes = max(0, segments[index].bytes)
            segments[index].tracks.removeAll { !$0.isSane }
        }
    }

    /// Whether the meeting is over and all its files are plain MP4.
    public var isComplete: Bool { ended != nil && segments.allSatisfy { $0.state == .finalised } }

    /// Somebody is in the room, at this time of the meeting: for the first time, or again.
    mutating func join(_ id: String, name: String, time: Int64) {
        if let index = participants.lastIndex(where: { $0.id == id }) {
            participants[index].left = nil
        } else {
            participants.append(.init(id: id, name: name, joined: time, left: nil))
        }
    }

    /// Takes over from `known`, the manifest on the disk, what others than the recorder write into it: that the meeting
    /// is on hold, and the digests of its files.
    mutating func adopt(_ known: MeetingManifest) {
        hold = known.hold
        var digests: [String: Segment] = [:]
        for segment in known.segments where segment.sha256 != nil { digests[segment.file] = segment }
        for index in segments.indices
        where segments[index].state == .finalised && segments[index].sha256 == nil {
            guard let known = digests[segments[index].file], known.bytes == segments[index].bytes else {
                continue
            }
            segments[index].sha256 = known.sha256
        }
    }

    /// Bytes of the file: JSON for people and programs.
    public func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}

extension MeetingManifest.Track {
    /// Whether its numbers can be those of a track.
    var isSane: Bool {
        let sizes = [width, height, sampleRate, channels].map { $0 ?? 0 }
        return packets >= 0 && sizes.allSatisfy { (0...1_000_000_000).contains($0) }
    }
}

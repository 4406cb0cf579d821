import Container
import Glibc
import LibAV
import Logging
import Media
import Transcode

/// A media file that was opened and looked through before anybody joins: what is wrong with it is told before that.
final class PreparedFile: @unchecked Sendable {
    // SAFETY: made on one thread, then only used on the one that sends it, which is started afterwards.
    /// A packet and the track that it belongs to.
    typealias Item = (track: Demuxer.Track, packet: Packet)

    let path: String
    private let demuxer: Demuxer
    /// What was read to see how it begins.
    private var first: [Item] = []
    private let survey: FileSurvey.Result
    /// Whether it can be opened once more: standard input and pipes cannot.
    let isRegular: Bool
    /// The track of each kind that is sent.
    let tracks: [MediaKind: Demuxer.Track]
    /// Packets of other tracks that may come before the first picture of a file that can be read only once.
    private static let maximumFirst = 2000

    /// Opens it. Blocks.
    /// - Throws: ``AppError`` if it cannot be read or has nothing that could be sent.
    init(_ path: String, kinds: Set<MediaKind>) throws {
        self.path = path
        isRegular = Self.isRegular(path)
        demuxer = try Self.open(path)
        let tracks = demuxer.tracks.reduce(into: [MediaKind: Demuxer.Track]()) { tracks, track in
            // Damage may make a track one of a format that nobody knows.
            let isUsable = track.passThrough != nil || track.parameters.isDecodable
            if kinds.contains(track.kind), isUsable, tracks[track.kind] == nil { tracks[track.kind] = track }
        }
        self.tracks = tracks
        guard !tracks.isEmpty else {
            throw AppError(
                "\(path) has no track that could be sent. Choose another --file.", status: .inputNotFound)
        }
        if let video = tracks[.video], video.passThrough != nil, isRegular {
            let file = try Self.open(path)
            guard let track = file.tracks.first(where: { $0.index == video.index }) else {
                throw AppError("\(path) changes while it is read.", status: .inputNotFound)
            }
            survey = try FileSurvey.look(through: file, track)
        } else {
            survey = FileSurvey.Result()
        }
    }

    private static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return path != InputFormat.standardInput && stat(path, &status) == 0
            && status.st_mode & S_IFMT == S_IFREG
    }

    private static func open(_ path: String) throws -> Demuxer {
        do { return try Demuxer(path: path, joinsJumps: true) } catch {
            if let reason = UnreadableFile.reason(path) {
                throw AppError(
                    "\(path) is no media file that can be sent: \(reason). Choose another --file.",
                    status: .inputNotFound)
            }
            throw AppError("\(path) cannot be read as media; check --file. \(error)", status: .inputNotFound)
        }
    }

    /// Opens it on a thread of its own.
    static func open(_ path: String, kinds: Set<MediaKind>) async throws -> PreparedFile {
        try await withCheckedThrowingContinuation { continuation in
            do {
                _ = try BlockingThread("open-file") {
                    continuation.resume(with: Swift.Result { try PreparedFile(path, kinds: kinds) })
                }
            } catch { continuation.resume(throwing: error) }
        }
    }

    /// Why the pictures cannot go as they are, for people.
    /// - Throws: where the file, which can be read only once, cannot be read further.
    func obstacles(logger: Logger) throws -> [String] {
        guard let video = tracks[.video], video.passThrough != nil else { return [] }
        let changes = FilePictureSize.changes(video)
        if !changes.isEmpty { return changes }
        if let obstacle = survey.obstacle { return [obstacle.description] }
        if let end = survey.end {
            logger.notice(
                "the file is large: only its beginning was looked through",
                metadata: ["seconds": "\(end / 1_000_000_000)"])
        }
        guard !isRegular else { return [] }
        logger.notice(
            "the pictures cannot be looked through beforehand; if keyframes are far apart, those who join late wait",
            metadata: ["limit": "\(FileSurvey.server.gopCacheInSeconds) s"])
        return try beginsWithKeyframe(video) ? [] : [FileSurvey.Obstacle.noKeyframe.description]
    }

    private func beginsWithKeyframe(_ video: Demuxer.Track) throws -> Bool {
        while first.count < Self.maximumFirst, let item = try demuxer.next() {
            first.append(item)
            guard item.track.index == video.index, let form = item.track.transportForm(of: item.packet) else {
                continue
            }
            return form.isKeyframe
        }
        return false
    }

    /// The packets of the first round.
    func start() -> Round {
        defer { first = [] }
        return Round(demuxer, first)
    }

    /// The packets of a further round.
    func again() throws -> Round { Round(try Self.open(path), []) }

    /// The packets of a file, once.
    final class Round {
        let demuxer: Demuxer
        private var first: [Item]

        init(_ demuxer: Demuxer, _ first: [Item]) {
            self.demuxer = demuxer
            self.first = first.reversed()
        }

        /// - Returns: `nil` at the end.
        func next() throws -> Item? {
            if let item = first.popLast() { return item }
            return try demuxer.next()
        }
    }
}

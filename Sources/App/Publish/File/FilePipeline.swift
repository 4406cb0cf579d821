import Codec
import Container
import Logging
import Media
import Wire

/// A media file, sent in real time: its first video and its first audio track, as they are where a live decoder takes
/// them, otherwise encoded anew. One thread.
final class FilePipeline {
    private let file: PreparedFile
    private let settings: PublishSettings
    private let context: PublishContext
    private let handshakes: [MediaKind: TrackHandshake]
    private var lanes: [FileLane] = []
    /// The file's first time stamp, nanoseconds.
    private var fileStart: Int64?
    /// When that was due.
    private var started = MonotonicTime(nanoseconds: 0)
    /// What the rounds of `--loop` before this one lasted, nanoseconds.
    private var offset: Int64 = 0
    private var roundEnd: Int64 = 0

    private init(
        _ file: PreparedFile, _ settings: PublishSettings, _ context: PublishContext,
        _ handshakes: [MediaKind: TrackHandshake]
    ) {
        self.file = file
        self.settings = settings
        self.context = context
        self.handshakes = handshakes
    }

    /// Starts the thread. There is a handshake for each kind of media that shall be sent if the file has it.
    static func start(
        _ file: PreparedFile, _ settings: PublishSettings, _ context: PublishContext,
        _ handshakes: [MediaKind: TrackHandshake]
    ) -> BlockingThread? {
        TrackHandshake.start("file", Array(handshakes.values)) {
            try FilePipeline(file, settings, context, handshakes).run()
        }
    }

    private func run() throws {
        if settings.layers > 1 {
            context.logger.warning("a file is sent in one size, whatever encoding.layers says")
        }
        let offers = try prepare()
        // The whole file is known to be usable before anything of it is offered.
        for (handshake, lane) in offers { handshake.offer(.init(description: lane.description)) }
        for (handshake, lane) in offers {
            guard let id = handshake.numbers()?.track else { return }
            lane.begin(id)
            lanes.append(lane)
        }
        started = context.clock.now()
        try play(file.start())
        while settings.loops, !context.termination.isRequested {
            guard roundEnd > offset else { break }
            offset = roundEnd
            try play(try file.again())
        }
        for lane in lanes { try lane.finish(pace: pace) }
        guard context.termination.isRequested || lanes.contains(where: \.hasMedia) else {
            throw AppError(
                "\(file.path) is damaged beyond use: nothing of it could be decoded. Choose another --file.",
                status: .inputNotFound)
        }
    }

    /// The tracks that are sent, with whom to tell.
    private func prepare() throws -> [(TrackHandshake, FileLane)] {
        var offers: [(TrackHandshake, FileLane)] = []
        for kind in [MediaKind.video, .audio] {
            guard let handshake = handshakes[kind] else { continue }
            guard let track = file.tracks[kind] else {
                handshake.finish(nil)
                continue
            }
            let obstacles = kind == .video ? try pictureObstacles() : []
            let lane = try FileLane(track, obstacles: obstacles, settings: settings, context: context)
            context.logger.info("file", metadata: ["track": "\(kind)", "sent": "\(lane.manner)"])
            offers.append((handshake, lane))
        }
        return offers
    }

    /// Why the pictures cannot go as they are, for people.
    private func pictureObstacles() throws -> [String] {
        guard settings.encoderFlags.isEmpty else {
            return settings.encoderFlags.map { "as \($0) asks for" }
        }
        return try file.obstacles(logger: context.logger)
    }

    private func play(_ round: PreparedFile.Round) throws {
        let demuxer = round.demuxer
        var joints = 0
        demuxer.onJoint = { [self] joint in
            joints += 1
            if joints <= Self.maximumJoints {
                context.logger.notice("\(joint.text(since: fileStart ?? 0)); joined")
            }
        }
        defer { demuxer.onJoint = { _ in } }
        for lane in lanes { try lane.restart(demuxer) }
        while !context.termination.isRequested, let (track, packet) = try round.next() {
            guard let lane = lanes.first(where: { $0.index == track.index }) else { continue }
            let start = fileStart ?? track.timeBase.rescale(min(packet.dts, packet.pts), to: .nanoseconds)
            fileStart = start
            let time = track.timeBase.rescale(max(packet.dts, packet.pts), to: .nanoseconds)
            guard time.saturatingSubtract(start) <= length(of: demuxer) else {
                context.counters.update { $0.damaged += 1 }
                continue
            }
            let shift = TimeBase.nanoseconds.rescale(offset.saturatingSubtract(start), to: track.timeBase)
            let end = packet.pts.saturatingAdd(max(1, packet.duration)).saturatingAdd(shift)
            roundEnd = max(roundEnd, track.timeBase.rescale(end, to: .nanoseconds))
            try lane.take(packet, shift: shift, pace: pace)
        }
        for lane in lanes { try lane.drain(pace: pace) }
        if let text = demuxer.missingFilesText { context.logger.warning("\(text)") }
        if joints > Self.maximumJoints {
            context.logger.notice("time stamps jump at \(joints - Self.maximumJoints) more places; joined")
        }
    }

    /// Nanoseconds after the first time stamp beyond which time stamps are damage: nobody would wait for them. Where they may jump
    /// they are joined instead.
    private func length(of demuxer: Demuxer) -> Int64 {
        if demuxer.joinsJumps { return .max }
        let jump = roundEnd.saturatingSubtract(offset).saturatingAdd(Self.longestJump)
        guard let length = demuxer.durationInNanoseconds, length > 0 else { return jump }
        return min(jump, length.saturatingAdd(Self.slack))
    }

    private static let slack: Int64 = 60_000_000_000
    /// A day: what lies further behind the last packet is damage in any file.
    private static let longestJump: Int64 = 86_400_000_000_000
    /// Joints of a round that are told each.
    private static let maximumJoints = 10

    /// Waits until `time` nanoseconds of the stream is due. `false`: it shall end.
    private func pace(_ time: Int64) -> Bool {
        let due = MonotonicTime(nanoseconds: started.nanoseconds.saturatingAdd(time))
        return context.termination.stopSignal.sleep(until: due)
    }
}

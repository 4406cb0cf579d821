import Codec
import Container
import Logging
import Media
import Wire

/// A media file, sent in real time: its first video and its first audio track, as they are where a live decoder takes
/// them, otherwise encoded anew. One thread.
final class FilePipeline {
    private let path: String
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
        _ path: String, _ settings: PublishSettings, _ context: PublishContext,
        _ handshakes: [MediaKind: TrackHandshake]
    ) {
        self.path = path
        self.settings = settings
        self.context = context
        self.handshakes = handshakes
    }

    /// Starts the thread. There is a handshake for each kind of media that shall be sent if the file has it.
    static func start(
        _ path: String, _ settings: PublishSettings, _ context: PublishContext,
        _ handshakes: [MediaKind: TrackHandshake]
    ) -> BlockingThread? {
        TrackHandshake.start("file", Array(handshakes.values)) {
            try FilePipeline(path, settings, context, handshakes).run()
        }
    }

    private func run() throws {
        let file = try open()
        if settings.layers > 1 {
            context.logger.warning("a file is sent in one size, whatever encoding.layers says")
        }
        let offers = try prepare(file)
        guard !offers.isEmpty else {
            throw AppError("\(path) has no track that could be sent.", status: .inputNotFound)
        }
        // The whole file is known to be usable before anything of it is offered.
        for (handshake, lane) in offers { handshake.offer(.init(description: lane.description)) }
        for (handshake, lane) in offers {
            guard let id = handshake.numbers()?.track else { return }
            lane.begin(id)
            lanes.append(lane)
        }
        started = context.clock.now()
        try play(file)
        while settings.loops, !context.termination.isRequested {
            guard roundEnd > offset else { break }
            offset = roundEnd
            try play(try open())
        }
        for lane in lanes { try lane.finish(pace: pace) }
        guard context.termination.isRequested || lanes.contains(where: \.hasMedia) else {
            throw AppError(
                "\(path) is damaged beyond use: nothing of it could be decoded. Choose another --file.",
                status: .inputNotFound)
        }
    }

    /// The tracks that are sent, with whom to tell.
    private func prepare(_ file: Demuxer) throws -> [(TrackHandshake, FileLane)] {
        var offers: [(TrackHandshake, FileLane)] = []
        for kind in [MediaKind.video, .audio] {
            guard let handshake = handshakes[kind] else { continue }
            guard let track = file.tracks.first(where: { $0.kind == kind }) else { continue }
            let lane = try FileLane(
                track, beginsWithKeyframe: try beginsWithKeyframe(track), settings: settings, context: context
            )
            context.logger.info("file", metadata: ["track": "\(kind)", "sent": "\(lane.manner)"])
            offers.append((handshake, lane))
        }
        for kind in MediaKind.allCases where !offers.contains(where: { $0.1.description.kind == kind }) {
            handshakes[kind]?.finish(nil)
        }
        return offers
    }

    /// Whether the track's first picture is one at which viewers and recordings can begin. Streams that refresh their
    /// pictures piece by piece, or were cut, have no such picture, and must be encoded anew.
    private func beginsWithKeyframe(_ track: Demuxer.Track) throws -> Bool {
        guard track.kind == .video, track.passThrough != nil else { return true }
        let file = try open()
        while let (other, packet) = try file.next() {
            if other.index == track.index, let form = other.transportForm(of: packet) {
                return form.isKeyframe
            }
        }
        return false
    }

    private func open() throws -> Demuxer {
        do { return try Demuxer(path: path) } catch {
            throw AppError("\(path) cannot be read as media; check --file. \(error)", status: .inputNotFound)
        }
    }

    private func play(_ file: Demuxer) throws {
        for lane in lanes { try lane.restart(file) }
        while !context.termination.isRequested, let (track, packet) = try file.next() {
            guard let lane = lanes.first(where: { $0.index == track.index }) else { continue }
            let start = fileStart ?? track.timeBase.rescale(min(packet.dts, packet.pts), to: .nanoseconds)
            fileStart = start
            let shift = TimeBase.nanoseconds.rescale(offset - start, to: track.timeBase)
            let end = track.timeBase.rescale(packet.pts + max(1, packet.duration) + shift, to: .nanoseconds)
            roundEnd = max(roundEnd, end)
            try lane.take(packet, shift: shift, pace: pace)
        }
        for lane in lanes { try lane.drain(pace: pace) }
    }

    /// Waits until `time` nanoseconds of the stream is due. `false`: it shall end.
    private func pace(_ time: Int64) -> Bool {
        context.termination.stopSignal.sleep(until: started + time)
    }
}

import Codec
import Container
import Media
import Synchronization

/// One export: threads that decode and scale, compose, encode, mix, and one that writes.
///
///     demux+decode+scale ─┐
///     demux+decode+scale ─┼─ compose ── libx264 ─┐
///     demux+decode+scale ─┘                      ├─ mux
///     demux+decode all, mix, AAC ────────────────┘
///
/// Every arrow is a bounded queue on which its writer waits. A failure anywhere, or ``cancel()``, closes them all.
final class ExportPipeline: Sendable {
    private let options: ExportOptions
    private let selection: MeetingSelection
    private let timeline: ExportTimeline
    private let sources: [RecordedSource]
    private let chapters: [FileMuxer.Chapter]
    private let format: ExportFormat
    private let composed = BoundedQueue<(picture: VideoFrame, index: Int)>(capacity: 12)
    private let pictures = BoundedQueue<Packet>(capacity: 64)
    private let sounds = BoundedQueue<Packet>(capacity: 256)
    private let survey: SoundSurvey
    private let state = Mutex(State())
    /// Of its own, so that the survey can ask without knowing the pipeline.
    private let cancellation = Cancellation()

    private final class Cancellation: Sendable {
        let isCancelled = Atomic(false)
    }

    private struct State {
        var failure: (any Error)?
        var seconds = 0.0
        var lanes: [BoundedQueue<TileSpan>] = []
        var threads: [BlockingThread] = []
    }

    /// - Throws: ``AppError`` where the file's extension asks for no format.
    init(options: ExportOptions, selection: MeetingSelection) throws(AppError) {
        format = try ExportFormat(path: options.output, isAudioOnly: options.isAudioOnly)
        self.options = options
        self.selection = selection
        timeline = ExportTimeline(range: selection.range, rate: options.rate)
        sources = RecordedSource.all(of: selection)
        let senders = selection.senders
        chapters = ExportChapters.make(
            selection.manifest.participants.filter { senders.contains($0.id) }, range: selection.range)
        survey = SoundSurvey(sources: sources, timeline: timeline) { [cancellation] in
            cancellation.isCancelled.load(ordering: .relaxed)
        }
    }

    /// Whether somebody has asked for the end.
    var isCancelled: Bool { cancellation.isCancelled.load(ordering: .relaxed) }

    /// Lets all threads end soon. Any thread.
    func cancel() {
        cancellation.isCancelled.store(true, ordering: .relaxed)
        let lanes = state.withLock(\.lanes)
        for lane in lanes { lane.close() }
        composed.close()
        pictures.close()
        sounds.close()
    }

    private func fail(_ error: any Error) {
        state.withLock { $0.failure = $0.failure ?? error }
        cancel()
    }

    /// Writes the file `path`, and returns when all threads have ended.
    /// - Returns: seconds that it took.
    /// - Throws: what failed first. The file is incomplete then.
    func run(path: String) async throws -> Double {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let hasStarted = start("export-mux") {
                defer { continuation.resume() }
                let taken = try self.write(path)
                self.state.withLock { $0.seconds = taken }
            }
            if !hasStarted { continuation.resume() }
        }
        // A thread may start others before it ends.
        var ended = 0
        while true {
            let threads = state.withLock(\.threads).dropFirst(ended)
            guard !threads.isEmpty else { break }
            for thread in threads { await thread.wait() }
            ended += threads.count
        }
        if let failure = state.withLock(\.failure) { throw failure }
        return state.withLock(\.seconds)
    }

    /// Runs `body` on a thread of its own. What fails ends the export, also that the system has no thread left.
    /// - Returns: `false` in that case.
    @discardableResult
    private func start(_ name: String, _ body: @escaping @Sendable () throws -> Void) -> Bool {
        do {
            let thread = try BlockingThread(name) { [self] in
                do { try body() } catch { fail(error) }
            }
            state.withLock { $0.threads.append(thread) }
            return true
        } catch {
            fail(error)
            return false
        }
    }

    // MARK: writing

    private func write(_ path: String) throws -> Double {
        var progress = ExportProgress(total: timeline.duration)
        defer { progress.clear() }
        var tracks: [FileMuxer.Track] = []
        if !options.isAudioOnly { tracks.append(try startPictures()) }
        let hasSound = options.isAudioOnly || sources.contains { $0.files.contains(where: \.hasAudio) }
        if hasSound { tracks.append(try startSound()) }
        let muxer = try FileMuxer(
            path: path, format: format.muxer, options: format.muxerOptions, tracks: tracks,
            chapters: chapters,
            tags: [
                "title": "\(selection.manifest.room) \(selection.manifest.meeting)",
                "creation_time": selection.manifest.started,
            ])
        try interleave(muxer, tracks, hasSound: hasSound, &progress)
        guard !isCancelled else { return 0 }
        try muxer.finish()
        return progress.elapsed
    }

    /// Writes the packets of both tracks in the order of their decoding times.
    private func interleave(
        _ muxer: FileMuxer, _ tracks: [FileMuxer.Track], hasSound: Bool, _ progress: inout ExportProgress
    ) throws {
        let queues = (options.isAudioOnly ? [] : [pictures]) + (hasSound ? [sounds] : [])
        var heads = queues.map { $0.take() }
        while true {
            let times = heads.indices.map { index -> Int64 in
                heads[index].map { tracks[index].timeBase.rescale($0.dts, to: .microseconds) } ?? .max
            }
            guard let index = times.indices.min(by: { times[$0] < times[$1] }), let packet = heads[index]
            else { return }
            try muxer.append(packet, track: index)
            if index == 0 { progress.update(times[index]) }
            heads[index] = queues[index].take()
        }
    }

    // MARK: pictures

    private func startPictures() throws -> FileMuxer.Track {
        guard let base = TimeBase(1, Int32(clamping: options.rate)) else {
            throw AppError("\(options.rate) is no rate for --rate.", status: .usage)
        }
        let encoder = try FileVideoEncoder(
            FileVideoEncoding(
                width: options.size.width, height: options.size.height, frameRate: Double(options.rate),
                timeBase: base, rate: options.bitRate.map { .bitRate($0) } ?? .quality(options.quality),
                keyframeInterval: options.rate * 2, preset: options.preset))
        let parameters = encoder.parameters
        let box = SendableEncoder(encoder)
        start("export-compose") { [self] in try compose() }
        start("export-encode") { [self] in
            while let (picture, index) = composed.take() {
                let packets = try box.encoder.encode(picture, pts: Int64(index))
                guard packets.allSatisfy({ pictures.put(Self.lasting($0)) }) else { return }
            }
            guard !isCancelled else { return }
            for packet in try box.encoder.finish() { _ = pictures.put(Self.lasting(packet)) }
            pictures.close()
        }
        return FileMuxer.Track(parameters: parameters, timeBase: base, frameRate: Double(options.rate))
    }

    private func compose() throws {
        let plan = LayoutPlan(
            sources: sources, timeline: timeline, size: options.size, speakers: try speakers())
        let lanes = startLanes(plan)
        let composer = PictureComposer(
            sources: sources, lanes: lanes, timeline: timeline, plan: plan, size: options.size)
        try composer.run { picture, index in composed.put((picture, index)) }
        for lane in lanes { lane.queue.close() }
        composed.close()
    }

    /// A packet of one picture.
    private static func lasting(_ packet: Packet) -> Packet {
        var packet = packet
        packet.duration = 1
        return packet
    }

    private func speakers() throws -> [(frame: Int, source: Int)] {
        guard options.arrangement == .speaker else { return [] }
        return SpeakerSchedule.find(sources: sources, timeline: timeline, findings: try survey.findings())
    }

    private func startLanes(_ plan: LayoutPlan) -> [(source: Int, queue: BoundedQueue<TileSpan>)] {
        let shown = sources.indices.filter { index in
            sources[index].files.contains { $0.hasVideo } && plan.scenes.contains { $0.tiles[index] != nil }
        }
        return shown.map { index in
            let queue = BoundedQueue<TileSpan>(capacity: 24)
            state.withLock { $0.lanes.append(queue) }
            if isCancelled { queue.close() }
            let lane = TilePictures(
                index: index, source: sources[index], timeline: timeline, plan: plan, queue: queue)
            start("export-\(index)") { try lane.run() }
            return (index, queue)
        }
    }

    // MARK: sound

    private func startSound() throws -> FileMuxer.Track {
        let encoder = try FileAudioEncoder(channels: SoundReader.channels, bitRate: Self.soundBitRate)
        let parameters = encoder.parameters
        let box = SendableSoundEncoder(encoder)
        start("export-sound") { [self] in
            let gains = options.normalises ? try survey.findings().mapValues(\.gain) : nil
            let mix = SoundMix(sources: sources, range: timeline.range, gains: gains)
            try mix.run(frameSize: box.encoder.frameSize) { samples, position in
                try box.encoder.encode(samples, pts: Int64(position)).allSatisfy { sounds.put($0) }
                    && !isCancelled
            }
            for packet in try box.encoder.finish() { _ = sounds.put(packet) }
            sounds.close()
        }
        return FileMuxer.Track(parameters: parameters, timeBase: FileAudioEncoder.timeBase)
    }

    private static let soundBitRate = 160_000
}

/// Hands an encoder to the thread that uses it.
private struct SendableEncoder: @unchecked Sendable {
    // SAFETY: made on one thread, then only used on another that is started afterwards.
    let encoder: FileVideoEncoder
    init(_ encoder: FileVideoEncoder) { self.encoder = encoder }
}

/// Hands an encoder to the thread that uses it.
private struct SendableSoundEncoder: @unchecked Sendable {
    // SAFETY: made on one thread, then only used on another that is started afterwards.
    let encoder: FileAudioEncoder
    init(_ encoder: FileAudioEncoder) { self.encoder = encoder }
}

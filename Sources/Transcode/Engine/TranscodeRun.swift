import Codec
import Container
import LibAV
import Media

/// One transcode: the calling thread reads and decodes pictures, one decodes and encodes sound, and each rendition has one
/// that scales, encodes and writes.
///
///     demux + decode ─┬─ pictures ─┬─ scale, encode, mux ─ rendition 1
///                     │            └─ scale, encode, mux ─ rendition 2
///                     └─ sound ─ decode, resample, encode ─┘
///
/// Every arrow is a bounded queue on which its writer waits. A failure anywhere closes them all.
final class TranscodeRun {
    private let request: TranscodeRequest
    private let state: RunState
    private let file: SourceFile
    private let start: Int64
    private let end: Int64
    private let soundPackets = BoundedQueue<SourcePacket>(capacity: 64)
    private var partials: [PartialOutput] = []
    private var renditions: [Rendition] = []
    private var sounds: SoundPlan
    private var reader: PictureReader?
    private var meter: ProgressMeter

    /// Opens the source and everything that does not need its first picture.
    init(
        _ request: TranscodeRequest, isCancelled: @escaping @Sendable () -> Bool, clock: MediaClock = .system
    )
        throws
    {
        self.request = request
        state = RunState(isCancelled: isCancelled)
        try Self.validate(request)
        start = Seconds.nanoseconds(request.from ?? 0)
        end = request.to.map { Seconds.nanoseconds($0) } ?? .max
        file = try SourceFile(request.input, isInterrupted: isCancelled)
        let wanted = request.outputs.map(\.settings)
        let hasPictures = file.video != nil && wanted.contains { $0.video != nil }
        guard hasPictures || (!file.sounds.isEmpty && wanted.contains { $0.audio != nil }) else {
            throw TranscodeError.noTracks(path: request.input)
        }
        for settings in wanted
        where !(settings.video != nil && file.video != nil || settings.audio != nil && !file.sounds.isEmpty) {
            throw TranscodeError.noTracks(path: request.input)
        }
        meter = ProgressMeter(file: file, start: start, end: end, clock: clock)
        sounds = SoundPlan(
            start: start, end: end, cutsStart: request.from != nil, isBitExact: request.isBitExact)
        if hasPictures, let video = file.video {
            reader = try PictureReader(file, video, range: start..<end, isBitExact: request.isBitExact)
        }
        try prepareRenditions()
    }

    private static func validate(_ request: TranscodeRequest) throws(TranscodeError) {
        guard !request.outputs.isEmpty else { throw .settings(reason: "There is no output. Name one.") }
        guard Set(request.outputs.map(\.path)).count == request.outputs.count else {
            throw .settings(reason: "Two outputs have the same path. Give each its own.")
        }
        guard
            !request.outputs.contains(where: {
                PartialOutput.replaces(request.input, at: $0.path, $0.settings.container)
            })
        else {
            throw .settings(
                reason: "\(request.input) would be overwritten by its own rendition. Choose another output.")
        }
        for output in request.outputs {
            try output.settings.validate()
            guard output.settings.container != .hls || !ContainerFormat.hasPlaceholder(output.path) else {
                throw .output(
                    path: output.path,
                    reason:
                        "a percent sign before d, a digit or another one cannot be in a playlist's path. Choose another."
                )
            }
        }
        let (from, to) = (request.from ?? 0, request.to ?? .infinity)
        guard from >= 0, from < to else {
            throw .settings(
                reason: "A stretch from \(from) s to \(to) s is none. It must end after it begins.")
        }
        guard (0...256).contains(request.threads) else {
            throw .settings(reason: "\(request.threads) is out of range for threads. Use 0 to 256.")
        }
    }

    /// Runs it to the end.
    func run(progress: (TranscodeProgress) -> Void) throws -> TranscodeResult {
        do {
            let ended = startThreads()
            do { try read(progress) } catch { state.fail(Transcoder.error(error)) }
            soundPackets.close()
            // The sound's thread closes the renditions' queues when it has put the last packet into them.
            for _ in 0...renditions.count { _ = ended.take() }
            try state.check()
            return try commit()
        } catch {
            for partial in partials { partial.discard() }
            throw behindEnd(error) ?? error
        }
    }

    /// A source in which nothing was found because the stretch begins behind its end is not damaged.
    private func behindEnd(_ error: any Error) -> (any Error)? {
        guard start > 0, let length = file.duration, start >= length,
            let error = error as? TranscodeError, case .damaged = error
        else { return nil }
        return TranscodeError.settings(reason: Seconds.behindEnd(start, length))
    }

    /// Removes what was written.
    func discard() { for partial in partials { partial.discard() } }

    // MARK: before

    private func prepareRenditions() throws {
        do {
            for output in request.outputs {
                partials.append(try PartialOutput(output.path, output.settings.container))
            }
            for (output, partial) in zip(request.outputs, partials) {
                renditions.append(try makeRendition(output.settings, partial))
            }
            try sounds.open(file)
        } catch {
            for partial in partials { partial.discard() }
            throw error
        }
        // The queues alone: a rendition holds the state, which would hold it in turn, and its open files, for good.
        let (queues, packets) = (renditions.map(\.queue), soundPackets)
        state.onFailure {
            for queue in queues { queue.close() }
            packets.close()
        }
    }

    private func makeRendition(_ settings: RenditionSettings, _ partial: PartialOutput) throws -> Rendition {
        let format = ContainerFormat(settings, path: partial.temporary, name: "")
        var tracks: [FileMuxer.Track] = []
        var plan: [(encoding: SoundEncoding, sound: Int)] = []
        if let audio = settings.audio {
            for (index, stream) in file.sounds.enumerated() where index == 0 || format.holdsSeveralSounds {
                let encoding = try sounds.encoding(audio, of: stream)
                plan.append((encoding, index))
                tracks.append(
                    FileMuxer.Track(
                        parameters: encoding.parameters, timeBase: encoding.timeBase, tags: stream.keptTags,
                        isDefault: index == 0))
            }
        }
        let rendition = try Rendition(
            settings, output: partial,
            source: Rendition.Source(
                pictureTimeBase: reader?.timeBase, frameRate: file.video?.nominalFrameRate ?? 0,
                highDynamicRange: file.video?.highDynamicRange ?? HighDynamicRange(), tags: file.tags,
                pictureTags: file.video?.keptTags ?? [:], path: request.input),
            sounds: tracks, state: state, isBitExact: request.isBitExact, threads: request.threads)
        for (encoding, sound) in plan {
            encoding.destinations.append(.init(queue: rendition.queue, sound: sound))
        }
        return rendition
    }

    // MARK: threads

    /// Starts all threads. Each puts its end into the queue that is returned.
    private func startThreads() -> BoundedQueue<Int> {
        let ended = BoundedQueue<Int>(capacity: renditions.count + 1)
        let state = state
        for (index, rendition) in renditions.enumerated() {
            start("rendition-\(index)") {
                try rendition.run()
            } finally: {
                ended.put(index)
            }
        }
        let (lanes, packets, queues) = (sounds.lanes, soundPackets, renditions.map(\.queue))
        start("transcode-sound") {
            while let packet = packets.take() {
                let index = packet.packet.streamIndex
                try lanes.first { $0.stream.index == index }?.push(packet.packet)
            }
            if state.failure == nil { for lane in lanes { try lane.finish() } }
        } finally: {
            // Pictures come no more either: the queue of packets was closed after the last.
            for queue in queues { queue.close() }
            ended.put(-1)
        }
        return ended
    }

    /// Runs `body`, and then `end`, on a thread of its own; `end` alone where the system has no thread left.
    private func start(
        _ name: String, _ body: @escaping @Sendable () throws -> Void,
        finally end: @escaping @Sendable () -> Void
    ) {
        let state = state
        do {
            _ = try BlockingThread(name) {
                do { try body() } catch { state.fail(Transcoder.error(error)) }
                end()
            }
        } catch {
            state.fail(Transcoder.error(error))
            end()
        }
    }

    // MARK: reading

    private func read(_ progress: (TranscodeProgress) -> Void) throws {
        if start > 0 { file.seek(before: start) }
        let packet = try OwnedPacket()
        var passed: Set<Int> = []
        let used = Set(
            (reader == nil ? [] : [file.video?.index].compactMap { $0 }) + sounds.lanes.map(\.stream.index))
        while passed.count < used.count {
            try state.check()
            guard file.read(into: packet) else { break }
            let index = packet.streamIndex
            guard used.contains(index), !passed.contains(index) else { continue }
            if isBehindEnd(packet, index) {
                passed.insert(index)
                continue
            }
            if index == file.video?.index {
                try reader?.decode(packet) { picture in try self.distribute(picture) }
                if let report = meter.report(frames: reader?.count ?? 0) { progress(report) }
            } else {
                meter.note(sound: packet, of: file.sounds.first { $0.index == index })
                guard soundPackets.put(SourcePacket(try OwnedPacket(taking: packet))) else { break }
                if reader == nil, let report = meter.report(frames: 0) { progress(report) }
            }
        }
        try state.check()
        try reader?.finish { picture in try self.distribute(picture) }
        if let report = meter.last(frames: reader?.count ?? 0) { progress(report) }
    }

    private func isBehindEnd(_ packet: borrowing OwnedPacket, _ index: Int) -> Bool {
        guard end != .max, let stamp = packet.dts ?? packet.pts,
            let stream = index == file.video?.index
                ? file.video : file.sounds.first(where: { $0.index == index })
        else { return false }
        return stream.timeBase.rescale(stamp, to: .nanoseconds).saturatingSubtract(file.origin) >= end
    }

    private func distribute(_ picture: Picture) throws {
        if let base = reader?.timeBase { meter.note(picture: base.rescale(picture.pts, to: .nanoseconds)) }
        for rendition in renditions where rendition.settings.video != nil {
            if !rendition.queue.put(.picture(picture)) { try state.check() }
        }
    }

    // MARK: after

    private func commit() throws -> TranscodeResult {
        var outputs: [TranscodeResult.Output] = []
        try sounds.check(path: request.input, hasPictures: reader != nil)
        for partial in partials {
            try partial.check()
            try partial.synchronize()
        }
        try state.check()
        for (rendition, partial) in zip(renditions, partials) {
            let (files, bytes) = try partial.publish()
            let (samples, notes) = sounds.summary(
                for: rendition.queue, settings: rendition.settings, file: file)
            outputs.append(rendition.result(files: files, bytes: bytes, samples: samples, notes: notes))
        }
        return TranscodeResult(
            outputs: outputs, notes: notes(),
            damagedPackets: (reader?.damagedPackets ?? 0) + sounds.lanes.reduce(0) { $0 + $1.damagedPackets },
            damagedFrames: reader?.damagedFrames ?? 0)
    }

    private func notes() -> [String] {
        var notes = file.notes
        if let reader { notes += reader.notes(file.video?.orientation ?? .upright) }
        let wanted = request.outputs.map(\.settings)
        if file.video == nil, wanted.contains(where: { $0.video != nil }) {
            notes.append("no pictures in the source")
        }
        if file.sounds.isEmpty, wanted.contains(where: { $0.audio != nil }) {
            notes.append("no sound in the source")
        }
        notes += sounds.notes
        if !file.hasJoints, let early = meter.missing {
            notes.append("the source ends \(Seconds.text(early)) before it says it does")
        }
        return notes
    }
}

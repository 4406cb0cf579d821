import Codec
import Container
import LibAV
import Media

/// Makes one rendition: scales, encodes, writes. A thread of its own takes what comes through ``queue``.
final class Rendition: @unchecked Sendable {
    // SAFETY: made on one thread, then only used on another that is started afterwards; its results are read when that
    // has ended.
    /// What a rendition must know of the source.
    struct Source {
        /// Time base of the pictures; `nil` where there are none.
        var pictureTimeBase: TimeBase?
        var frameRate: Double
        /// HDR10's metadata of the source's header.
        var highDynamicRange: HighDynamicRange
        var tags: [String: String]
        var pictureTags: [String: String]
        /// Where it is, for errors.
        var path: String
    }

    /// Pictures and sounds that wait. A picture of 1080 lines has 3 MB: few are enough, and its writer waits.
    let queue = BoundedQueue<RenditionItem>(capacity: 8)
    let settings: RenditionSettings
    private let output: PartialOutput
    private let format: ContainerFormat
    private let source: Source
    private let sounds: [FileMuxer.Track]
    private let state: RunState
    private let isBitExact: Bool
    private var pictures: PictureLane?
    private var muxer: FileMuxer?
    private var waiting: [(packet: SoundPacket, sound: Int)] = []
    private var ends: (first: Double, last: Double)?

    init(
        _ settings: RenditionSettings, output: PartialOutput, source: Source, sounds: [FileMuxer.Track],
        state: RunState,
        isBitExact: Bool, threads: Int
    ) throws(TranscodeError) {
        self.settings = settings
        self.output = output
        self.source = source
        self.sounds = sounds
        self.state = state
        self.isBitExact = isBitExact
        let name = String(output.path.dropFirst(ContainerFormat.folder(of: output.path).count))
        format = ContainerFormat(settings, path: output.temporary, name: name)
        if let video = settings.video, let base = source.pictureTimeBase {
            pictures = try PictureLane(
                video, source: base, frameRate: source.frameRate, hasGlobalHeader: format.hasGlobalHeader,
                isBitExact: isBitExact, threads: threads, highDynamicRange: source.highDynamicRange)
        }
    }

    /// Takes everything that comes until the queue is closed, and finishes the file.
    func run() throws {
        if pictures == nil { try begin() }
        while let item = queue.take() {
            try state.check()
            switch item {
            case .picture(let picture): try pictures?.push(picture) { try self.write($0) }
            case .sound(let packet, let sound): try take(packet, sound)
            }
        }
        try state.check()
        try pictures?.finish {
            try self.state.check()
            try self.write($0)
        }
        guard let muxer else {
            throw TranscodeError.damaged(path: source.path, reason: "no picture could be decoded")
        }
        do { try muxer.finish() } catch { throw failure(error) }
    }

    /// Writes the header, once the picture's encoder is known.
    private func begin() throws {
        var tracks = sounds
        if let track = pictures?.track(hevcTag: format.hevcTag, tags: source.pictureTags) {
            tracks.insert(track, at: 0)
        }
        do {
            muxer = try FileMuxer(
                path: output.temporary, format: format.muxer, options: format.options, tracks: tracks,
                tags: source.tags, isBitExact: isBitExact)
        } catch { throw failure(error) }
        for (packet, sound) in waiting { try take(packet, sound) }
        waiting = []
    }

    private func write(_ packet: borrowing OwnedPacket) throws {
        if muxer == nil { try begin() }
        try mux(packet, track: 0, timeBase: pictures?.timeBase ?? .video)
    }

    /// Sound waits for the header; that it is few, the bounded queue of pictures before it sees to.
    private func take(_ packet: SoundPacket, _ sound: Int) throws {
        guard muxer != nil else { return waiting.append((packet, sound)) }
        let copy = try OwnedPacket(referencing: packet.packet)
        try mux(copy, track: sound + (pictures == nil ? 0 : 1), timeBase: sounds[sound].timeBase)
    }

    private func mux(_ packet: borrowing OwnedPacket, track: Int, timeBase: TimeBase) throws {
        if let pts = packet.pts {
            let (start, end) = (timeBase.seconds(pts), timeBase.seconds(pts.saturatingAdd(packet.duration)))
            ends = (min(ends?.first ?? start, start), max(ends?.last ?? end, end))
        }
        do { try muxer?.interleave(packet, track: track) } catch { throw failure(error) }
    }

    private func failure(_ error: ContainerError) -> TranscodeError {
        guard case .library(let cause) = error else {
            return .output(path: output.path, reason: error.description)
        }
        let reason = cause.errno.map { SystemError.text($0) } ?? cause.log.last ?? cause.reason
        return .output(path: output.path, reason: "\(cause.operation): \(reason)")
    }

    /// What was made. Only once the thread has ended.
    func result(files: [String], bytes: Int64, samples: Int, notes: [String]) -> TranscodeResult.Output {
        TranscodeResult.Output(
            path: output.path, files: files, bytes: bytes,
            duration: ends.map { $0.last - max(0, $0.first) } ?? 0,
            framesIn: pictures?.taken ?? 0, framesOut: pictures?.encoded ?? 0,
            framesDuplicated: pictures?.duplicated ?? 0, framesDropped: pictures?.dropped ?? 0,
            audioSamples: samples, notes: (pictures?.notes ?? []) + notes)
    }
}

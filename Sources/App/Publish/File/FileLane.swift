import Codec
import Container
import Media
import Wire

/// One track of a file on its way to the room.
final class FileLane {
    private enum Mode {
        case passThrough
        case video(VideoDecoder, VideoEncoder, Scaler)
        case audio(AudioDecoder, AudioEncoder)
    }

    /// Returns when a time of the stream, in nanoseconds, is due; `false` to end.
    typealias Pace = (Int64) -> Bool

    let index: Int
    let description: TrackDescription
    private var track: Demuxer.Track
    private var mode: Mode
    private let context: PublishContext
    private let settings: PublishSettings
    private var id: TrackID?
    private var lastDTS = Int64.min
    /// Whether the others were told that nothing comes, because the person has switched it off.
    private var isOff = false
    /// Whether pictures go on at the next keyframe only.
    private var needsKeyframe = false
    /// Whether there was anything to send.
    private(set) var hasMedia = false
    private var shift: Int64 = 0
    /// Pictures of this round, for files without time stamps.
    private var shown: Int64 = 0
    private let size: (width: Int, height: Int)
    private let obstacles: [String]
    private var hasToldLargePicture = false
    private static let outputChannels = 2

    /// Prepares a track.
    /// - Parameter obstacles: why it cannot be sent as it is, for people.
    /// - Throws: where it must be encoded anew and no decoder or encoder takes it.
    init(
        _ track: Demuxer.Track, obstacles: [String], settings: PublishSettings, context: PublishContext
    ) throws {
        index = track.index
        self.track = track
        self.context = context
        self.settings = settings
        self.obstacles = obstacles
        let upright = FilePictureSize.of(
            width: track.parameters.width, height: track.parameters.height, aspect: track.sampleAspectRatio,
            orientation: track.orientation)
        size = settings.wantedSize.map { FilePictureSize.fitted(upright, into: $0) } ?? upright
        if let description = track.passThrough, obstacles.isEmpty {
            self.description = description
            mode = .passThrough
        } else if track.kind == .video {
            let rate = track.frameRate > 0 ? min(track.frameRate, 240) : 30
            let encoder = try VideoEncoder(
                VideoEncoding(
                    width: size.width, height: size.height, frameRate: rate, bitRate: settings.videoBitrate,
                    keyframeInterval: settings.keyframeSeconds, preset: settings.preset))
            description = TrackDescription(
                codec: .h264, timeBase: VideoEncoder.timeBase,
                format: .video(.init(width: size.width, height: size.height, frameRate: rate)), source: "file"
            )
            mode = .video(try Self.videoDecoder(track), encoder, Scaler())
        } else {
            let encoder = try AudioEncoder(channels: Self.outputChannels, bitRate: settings.audioBitrate)
            description = TrackDescription(
                codec: .opus, timeBase: AudioEncoder.timeBase,
                format: .audio(.init(sampleRate: AudioEncoder.sampleRate, channels: Self.outputChannels)),
                source: "file", codecConfiguration: encoder.configuration)
            mode = .audio(try Self.audioDecoder(track), encoder)
        }
    }

    private static func videoDecoder(_ track: Demuxer.Track) throws -> VideoDecoder {
        try VideoDecoder(
            track.parameters, timeBase: track.timeBase, threads: 0, isLowDelay: false,
            orientation: track.orientation)
    }

    private static func audioDecoder(_ track: Demuxer.Track) throws -> AudioDecoder {
        try AudioDecoder(
            track.parameters, timeBase: track.timeBase, sampleRate: AudioEncoder.sampleRate,
            channels: outputChannels)
    }

    /// For the log.
    var manner: String {
        if case .passThrough = mode { return "as it is" }
        let changes = obstacles.isEmpty && track.kind == .video ? FilePictureSize.changes(track) : obstacles
        let reasons = changes.isEmpty ? "" : ": \(changes.joined(separator: ", "))"
        return "encoded anew, from \(track.parameters.codecName)\(reasons)"
    }

    func begin(_ id: TrackID) {
        self.id = id
        if case .video(_, let encoder, _) = mode { context.keyframes.connect(id, encoder.keyframes) }
    }

    /// Takes the same track of a file that was opened again.
    func restart(_ file: Demuxer) throws {
        guard let next = file.tracks.first(where: { $0.index == index }) else { return }
        track = next
        shown = 0
        switch mode {
        case .passThrough: break
        case .video(_, let encoder, let scaler): mode = .video(try Self.videoDecoder(next), encoder, scaler)
        case .audio(_, let encoder): mode = .audio(try Self.audioDecoder(next), encoder)
        }
    }

    /// Sends a packet of the file, when it is due. `shift` ticks are added to its time stamps.
    func take(_ packet: Packet, shift: Int64, pace: Pace) throws {
        self.shift = shift
        switch mode {
        case .passThrough:
            guard var form = track.transportForm(of: packet) else { return }
            form.pts = packet.pts.saturatingAdd(shift)
            form.dts = packet.dts.saturatingAdd(shift)
            guard form.payload.count <= FileSurvey.maximumPicture else { return countLargePicture(form) }
            guard pace(description.timeBase.rescale(form.dts, to: .nanoseconds)) else { return }
            send(form)
        case .video(let decoder, _, _):
            let pictures: [DecodedPicture]
            // Whatever a decoder says of a packet, the next may be whole.
            do { pictures = try decoder.decode(packet) } catch { return countDamage() }
            try encode(pictures, pace: pace)
        case .audio(let decoder, _):
            let sounds: [DecodedSound]
            do { sounds = try decoder.decode(packet) } catch { return countDamage() }
            try encode(sounds, pace: pace)
        }
    }

    /// Sends what the decoder still holds at the end of the file.
    func drain(pace: Pace) throws {
        switch mode {
        case .passThrough: break
        case .video(let decoder, _, _): try encode(try decoder.finish(), pace: pace)
        case .audio(let decoder, _): try encode(try decoder.finish(), pace: pace)
        }
    }

    /// Sends what the encoder still holds.
    func finish(pace: Pace) throws {
        switch mode {
        case .passThrough: break
        case .video(_, let encoder, _): for packet in try encoder.finish() { send(packet) }
        case .audio(_, let encoder): for packet in try encoder.finish() { send(packet) }
        }
    }

    /// Only where the file could not be looked through beforehand.
    private func countLargePicture(_ packet: Packet) {
        countDamage()
        guard !hasToldLargePicture else { return }
        hasToldLargePicture = true
        context.logger.warning(
            "a picture is too large and left out, as all others that are",
            metadata: ["bytes": "\(packet.payload.count)", "limit": "\(FileSurvey.maximumPicture)"])
    }

    private func countDamage() { context.counters.update { $0.damaged += 1 } }

    private func encode(_ pictures: [DecodedPicture], pace: Pace) throws {
        guard case .video(_, let encoder, let scaler) = mode else { return }
        for picture in pictures {
            let stamp =
                track.hasTimeStamps ? picture.pts : shown.saturatingMultiply(by: track.nominalDuration)
            shown += 1
            let time = track.timeBase.rescale(stamp.saturatingAdd(shift), to: .nanoseconds)
            guard pace(time) else { return }
            let frame = try scaler.scale(picture.frame, to: .yuv420p, width: size.width, height: size.height)
            let pts = TimeBase.nanoseconds.rescale(time, to: VideoEncoder.timeBase)
            for packet in try encoder.encode(frame, pts: pts) { send(packet) }
        }
    }

    private func encode(_ sounds: [DecodedSound], pace: Pace) throws {
        guard case .audio(_, let encoder) = mode else { return }
        for sound in sounds {
            let time = track.timeBase.rescale(sound.pts.saturatingAdd(shift), to: .nanoseconds)
            guard pace(time) else { return }
            let pts = TimeBase.nanoseconds.rescale(time, to: AudioEncoder.timeBase)
            for packet in try encoder.encode(sound.samples, pts: pts) { send(packet) }
        }
    }

    /// Whether the person lets it out. The others are told of each change.
    private func isWanted(_ packet: Packet, _ id: TrackID) -> Bool {
        let isVideo = description.kind == .video
        let isOff = isVideo ? context.switches.isCameraOff : context.switches.isMuted
        if isOff != self.isOff {
            self.isOff = isOff
            context.link.setMuted(isOff, id)
            if !isOff, isVideo {
                needsKeyframe = true
                context.keyframes.request(id)
            }
        }
        if packet.isKeyframe { needsKeyframe = false }
        return !isOff && !needsKeyframe
    }

    /// Sends a packet whose time has come. Decoding times that a file repeats or lacks are moved on by a tick.
    private func send(_ packet: Packet) {
        hasMedia = true
        guard let id, isWanted(packet, id) else { return }
        var packet = packet
        if lastDTS != .min, packet.dts <= lastDTS { packet.dts = lastDTS.saturatingAdd(1) }
        packet.pts = max(packet.pts, packet.dts)
        lastDTS = packet.dts
        context.send(packet, on: id, kind: description.kind)
    }
}

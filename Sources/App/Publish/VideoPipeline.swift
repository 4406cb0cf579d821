import Capture
import Codec
import Logging
import Media
import Wire

/// A camera or the test pattern, encoded and sent: one thread, no queue.
///
/// While the encoder works, the driver's buffers are the only place where pictures wait. One that has become too old
/// meanwhile is dropped before it is encoded, counted and told.
final class VideoPipeline {
    private let settings: PublishSettings
    private let context: PublishContext
    private let handshake: TrackHandshake
    private let scaler = Scaler()
    private var jpegDecoder: VideoDecoder?
    private var size: (width: Int, height: Int) = (0, 0)
    private var lastWarning = MonotonicTime(nanoseconds: .min)

    /// A picture that is older when the encoder becomes free is not worth its time any more, in nanoseconds.
    private static let maximumAge: Int64 = 200_000_000
    private static let warningInterval: Int64 = 5_000_000_000
    private static let retryInterval: Int64 = 250_000_000

    private init(_ settings: PublishSettings, _ context: PublishContext, _ handshake: TrackHandshake) {
        self.settings = settings
        self.context = context
        self.handshake = handshake
    }

    /// Starts the thread.
    static func start(
        _ settings: PublishSettings, _ context: PublishContext, _ handshake: TrackHandshake
    ) -> BlockingThread? {
        TrackHandshake.start("video", [handshake]) {
            try VideoPipeline(settings, context, handshake).run()
        }
    }

    private var stop: StopSignal { context.termination.stopSignal }

    private func run() throws {
        guard let source = try open() else { return }
        context.logger.info(
            "pictures", metadata: ["source": "\(source.name)", "format": "\(source.video.format)"])
        let format = source.video.format
        size = (max(2, format.width & ~1), max(2, format.height & ~1))
        if case .h264 = format.encoding {
            try passThrough(source.video)
        } else {
            try encode(source.video)
        }
    }

    private func describe(_ format: VideoSourceFormat) -> TrackDescription {
        TrackDescription(
            codec: .h264, timeBase: VideoEncoder.timeBase,
            format: .video(.init(width: size.width, height: size.height, frameRate: format.frameRate)),
            source: settings.source)
    }

    // MARK: sources

    private func open() throws -> (video: any VideoSource, name: String)? {
        switch settings.video {
        case .camera(let path): return try openCamera(path).map { ($0, "camera") }
        case .testPattern: return (try pattern(), "pattern")
        case .automatic:
            if let path = DeviceList.current().cameras.first(where: { $0.problem == nil })?.path {
                return try openCamera(path).map { ($0, "camera") }
            }
            context.logger.notice("no camera found; sending the test pattern")
            return (try pattern(), "pattern")
        case .none: return nil
        }
    }

    private func pattern() throws -> any VideoSource {
        try TestPattern(
            width: settings.camera.width & ~1, height: settings.camera.height & ~1,
            frameRate: settings.camera.frameRate, anchor: PatternAnchor(clock: context.clock))
    }

    private func openCamera(_ path: String) throws -> Camera? {
        var hasTold = false
        while true {
            do {
                return try Camera(
                    path: path, request: settings.camera, controls: settings.controls, clock: context.clock)
            } catch {
                guard settings.waitsForDevice, error.isDeviceGone else { throw error }
                if !hasTold {
                    context.logger.notice("waiting for the camera", metadata: ["device": "\(path)"])
                }
                hasTold = true
                // A path may be there while its device is not, or not yet.
                guard stop.sleep(until: context.clock.now() + Self.retryInterval),
                    Camera.waitForDevice(path, stop: stop)
                else { return nil }
            }
        }
    }

    // MARK: encoding

    private func encode(_ first: any VideoSource) throws {
        let format = first.format
        let encoding = VideoEncoding(
            width: size.width, height: size.height,
            frameRate: format.frameRate > 0 ? format.frameRate : 30,
            bitRate: settings.videoBitrate, keyframeInterval: settings.keyframeSeconds,
            preset: settings.preset)
        let encoder = try VideoEncoder(encoding)
        guard let numbers = handshake.announce(offer(format)) else { return }
        let track = numbers.track
        let layer = try LayerEncoder(encoding, numbers)
        context.keyframes.connect(track, encoder.keyframes)
        if let layer { context.keyframes.connect(layer.number, layer.keyframes) }
        try pull(first) { picture in
            guard let frame = try self.frame(picture) else { return }
            let pts = self.context.pts(frame.time, VideoEncoder.timeBase)
            let packets = try encoder.encode(frame, pts: pts)
            if let layer {
                let isKeyframe = packets.contains(where: \.isKeyframe)
                let small = try layer.encode(frame, pts: pts, isKeyframe: isKeyframe)
                for packet in small { self.context.send(layer: packet, on: layer.number) }
            }
            for packet in packets { self.context.send(packet, on: track, kind: .video) }
        }
        if let layer {
            for packet in try layer.finish() { context.send(layer: packet, on: layer.number) }
        }
        for packet in try encoder.finish() { context.send(packet, on: track, kind: .video) }
    }

    private func offer(_ format: VideoSourceFormat) -> TrackHandshake.Offer {
        let description = describe(format)
        guard settings.layers > 1 else { return .init(description: description) }
        var layer = description
        let small = LayerEncoder.size(of: size)
        guard small.height < size.height else { return .init(description: description) }
        layer.format = .video(
            .init(width: small.width, height: small.height, frameRate: format.frameRate))
        return .init(description: description, layer: layer)
    }

    /// Pulls pictures until the end; goes on with the same device when it comes back, if that is wanted.
    private func pull(_ first: any VideoSource, _ body: (CapturedPicture) throws -> Void) throws {
        var source = first
        var counted = (lost: 0, damaged: 0)
        while true {
            do {
                while let picture = try source.next(stop) {
                    count(source, &counted)
                    if isWorthEncoding(picture, source) { try body(picture) }
                }
                return
            } catch let error as CaptureError {
                guard settings.waitsForDevice, error.isDeviceGone, case .camera(let path) = settings.video
                else {
                    throw error
                }
                context.logger.warning("\(error) Waiting for it.")
                guard Camera.waitForDevice(path, stop: stop), let next = try openCamera(path) else { return }
                source = next
                counted = (0, 0)
                context.logger.notice("the camera is back", metadata: ["format": "\(next.format)"])
            }
        }
    }

    private func count(_ source: any VideoSource, _ counted: inout (lost: Int, damaged: Int)) {
        let now = (lost: source.lostFrames, damaged: source.damagedFrames)
        let new = (lost: now.lost - counted.lost, damaged: now.damaged - counted.damaged)
        counted = now
        context.counters.update { values in
            values.captured += 1
            values.lostByDevice += new.lost
            values.damaged += new.damaged
        }
    }

    private func isWorthEncoding(_ picture: CapturedPicture, _ source: any VideoSource) -> Bool {
        let now = context.clock.now()
        // What was taken before the session's time began was taken while the source was being opened.
        if picture.time < context.origin { return false }
        let frameDuration = source.format.frameRate > 0 ? Int64(1_000_000_000 / source.format.frameRate) : 0
        if now - picture.time <= max(Self.maximumAge, 3 * frameDuration) { return true }
        context.counters.update { $0.droppedBeforeEncoding += 1 }
        if now - lastWarning > Self.warningInterval {
            lastWarning = now
            let dropped = context.counters.current.droppedBeforeEncoding
            context.logger.warning(
                "the encoder is slower than the camera; choose a faster --preset or a smaller --size",
                metadata: ["dropped": "\(dropped)"])
        }
        return false
    }

    /// The picture as the encoder takes it; `nil` where the camera's JPEG is damaged.
    private func frame(_ picture: CapturedPicture) throws -> VideoFrame? {
        let raw: VideoFrame
        switch picture {
        case .frame(let frame): raw = frame
        case .compressed(let bytes, let time):
            guard let decoded = try decode(bytes, time) else { return nil }
            raw = decoded
        }
        return try scaler.scale(raw, to: .yuv420p, width: size.width, height: size.height)
    }

    private func decode(_ bytes: [UInt8], _ time: MonotonicTime) throws -> VideoFrame? {
        let decoder = try jpegDecoder ?? VideoDecoder.motionJPEG()
        jpegDecoder = decoder
        let packet = Packet(
            pts: time.nanoseconds, dts: time.nanoseconds, duration: 0, flags: .keyframe, payload: bytes)
        do {
            guard var frame = try decoder.decode(packet).last?.frame else { return nil }
            frame.time = time
            return frame
        } catch CodecError.damaged {
            context.counters.update { $0.damaged += 1 }
            return nil
        }
    }

    // MARK: pass-through

    /// Sends the camera's own H.264, with parameter sets at every IDR.
    private func passThrough(_ source: any VideoSource) throws {
        if settings.layers > 1 {
            context.logger.warning("the camera's own encoding is sent as it is, without a second layer")
        }
        guard let track = handshake.announce(describe(source.format)) else { return }
        var configuration: AVCConfiguration?
        var lastPTS = Int64.min
        try pull(source) { picture in
            guard case .compressed(let bytes, let time) = picture else { return }
            let pts = max(self.context.pts(time, VideoEncoder.timeBase), lastPTS == .min ? .min : lastPTS + 1)
            let packet = bytes.withUnsafeBytes { raw -> Packet? in
                let unit = AccessUnit(annexB: raw)
                configuration = unit.configuration ?? configuration
                // Nothing can be decoded before the first parameter sets and IDR.
                guard let configuration, unit.hasPicture, lastPTS != .min || unit.isIDR else { return nil }
                return Packet(
                    pts: pts, dts: pts, duration: 0,
                    flags: unit.isIDR ? .keyframe : unit.isDroppable ? .droppable : [],
                    payload: unit.annexB(from: raw, adding: configuration))
            }
            guard let packet else { return }
            lastPTS = pts
            self.context.send(packet, on: track, kind: .video)
        }
    }
}

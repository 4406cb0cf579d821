import Capture
import Codec
import Logging
import Measure
import Media
import Wire

/// A camera or the test pattern, encoded and sent: one thread, no queue.
///
/// While the encoder works, the driver's buffers are the only place where pictures wait. One that has become too old
/// meanwhile is dropped before it is encoded, counted and told. A camera that is switched off is closed, and its track
/// ends; it is opened and published again when it is switched on.
final class VideoPipeline {
    private let settings: PublishSettings
    private let context: PublishContext
    private let handshake: TrackHandshake
    private let pictures: CameraPicture
    private var size: (width: Int, height: Int) = (0, 0)
    private var lastWarning = MonotonicTime(nanoseconds: .min)
    /// Whether the session knows what to expect: an offer, or that none comes yet.
    private var hasAnswered = false
    /// A camera that has come in the place of another one, for the next track.
    private var successor: Camera?

    /// A picture that is older when the encoder becomes free is not worth its time any more, in nanoseconds.
    private static let maximumAge: Int64 = 200_000_000
    private static let warningInterval: Int64 = 5_000_000_000
    /// How often the switch of a camera that is off is looked at, nanoseconds.
    private static let switchInterval: Int64 = 50_000_000

    private init(_ settings: PublishSettings, _ context: PublishContext, _ handshake: TrackHandshake) {
        self.settings = settings
        self.context = context
        self.handshake = handshake
        pictures = CameraPicture(context)
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
        while waitUntilWanted() {
            let signal = context.switches.beginCapture(stop)
            do {
                guard try capture(signal) || signal.isStopped else { return }
            } catch let error where hasAnswered && context.isMeeting && Self.isOfDevice(error) {
                // The meeting goes on without pictures; who switches the camera on again tries again.
                context.logger.warning("\(AppError(error))")
                context.tell("your camera is off")
                context.switches.isCameraOff = true
            }
            context.own?.show(nil)
        }
    }

    private static func isOfDevice(_ error: any Error) -> Bool { error is CaptureError || error is AppError }

    /// Returns when the camera is switched on; `false` where it shall end.
    private func waitUntilWanted() -> Bool {
        while !stop.isStopped {
            if !context.switches.isCameraOff { return true }
            postpone()
            _ = stop.sleep(until: context.clock.now() + Self.switchInterval)
        }
        return false
    }

    private func postpone() {
        if !hasAnswered { handshake.postpone() }
        hasAnswered = true
    }

    /// Captures until the signal is given.
    /// - Returns: `false` where nothing more will come.
    private func capture(_ signal: StopSignal) throws -> Bool {
        guard let source = try open(signal) else { return successorIsPossible }
        let format = source.format
        size = (max(2, format.width & ~1), max(2, format.height & ~1))
        if let wanted = settings.wantedSize, wanted != size {
            context.tell(
                "asked for \(wanted.width)x\(wanted.height), sending \(size.width)x\(size.height): "
                    + "encoded pictures have even sizes, and cameras their own")
        }
        if case .h264 = format.encoding {
            try passThrough(source, signal)
        } else {
            try encode(source, signal)
        }
        return signal.isStopped || successor != nil
    }

    /// Whether a camera may be found later: a person in a meeting may connect one and switch it on.
    private var successorIsPossible: Bool {
        guard context.isMeeting, !stop.isStopped, !context.switches.isCameraOff else { return false }
        context.switches.isCameraOff = true
        return true
    }

    // MARK: sources

    private func open(_ signal: StopSignal) throws -> (any VideoSource)? {
        switch settings.video {
        case .none: return nil
        case .testPattern:
            let pattern = try TestPattern(
                width: settings.camera.width & ~1, height: settings.camera.height & ~1,
                frameRate: settings.camera.frameRate, anchor: PatternAnchor(clock: context.clock))
            context.tell("pictures", source: "pattern", name: "test pattern", format: "\(pattern.format)")
            return pattern
        case .camera, .automatic:
            defer { successor = nil }
            guard let camera = try successor ?? opener.open(signal) else {
                if !signal.isStopped { context.tell("no camera was found: you are shown by your name") }
                return nil
            }
            context.tell(
                "pictures", source: "camera", name: "\(camera.card) (\(camera.path))",
                format: "\(camera.format)")
            return camera
        }
    }

    private var opener: CameraOpener {
        CameraOpener(settings: settings, context: context) { self.postpone() }
    }

    /// Offers the track, and waits for its numbers.
    private func announce(_ offer: TrackHandshake.Offer) -> TrackHandshake.Numbers? {
        hasAnswered = true
        handshake.offer(offer)
        return handshake.numbers()
    }

    /// Pulls pictures until the signal is given; goes on with the same device when it comes back, if that is wanted.
    private func pull(
        _ first: any VideoSource, _ signal: StopSignal, _ body: (CapturedPicture) throws -> Void
    ) throws {
        var source = first
        var counted = (lost: 0, damaged: 0)
        while true {
            do {
                while let picture = try source.next(signal) {
                    count(source, picture, &counted)
                    if isWorthEncoding(picture, source) { try body(picture) }
                }
                return
            } catch let error as CaptureError {
                guard settings.waitsForDevice, error.isDeviceGone else { throw error }
                context.logger.warning("\(error) Waiting for it.")
                context.own?.show(nil)
                guard let next = try opener.open(signal) else { return }
                context.logger.notice("the camera is back", metadata: ["format": "\(next.format)"])
                guard Self.isEncoded(next.format) == Self.isEncoded(source.format) else {
                    successor = next
                    return
                }
                source = next
                counted = (0, 0)
            }
        }
    }

    private static func isEncoded(_ format: VideoSourceFormat) -> Bool {
        if case .h264 = format.encoding { true } else { false }
    }

    private func count(
        _ source: any VideoSource, _ picture: CapturedPicture, _ counted: inout (lost: Int, damaged: Int)
    ) {
        let now = (lost: source.lostFrames, damaged: source.damagedFrames)
        let new = (lost: now.lost - counted.lost, damaged: now.damaged - counted.damaged)
        counted = now
        // What was taken before the room was entered was not meant for it.
        if picture.time < context.origin { return }
        context.counters.update { values in
            values.captured += 1
            values.lostByDevice += new.lost
            values.damaged += new.damaged
        }
        pictures.warn(of: new.damaged)
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

    // MARK: encoding

    private func encode(_ source: any VideoSource, _ signal: StopSignal) throws {
        let format = source.format
        let encoding = VideoEncoding(
            width: size.width, height: size.height,
            frameRate: format.frameRate > 0 ? format.frameRate : 30,
            bitRate: settings.videoBitrate, keyframeInterval: settings.keyframeSeconds,
            preset: settings.preset)
        let encoder = try VideoEncoder(encoding)
        guard let numbers = announce(offer(format)) else { return }
        let track = numbers.track
        defer { end(track, signal) }
        let layer = try LayerEncoder(encoding, numbers)
        context.keyframes.connect(track, encoder.keyframes)
        if let layer { context.keyframes.connect(layer.number, layer.keyframes) }
        try pull(source, signal) { picture in
            guard let frame = try self.pictures.frame(picture, size: self.size) else { return }
            try self.pictures.show(frame)
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

    /// Ends the track of a camera that was switched off or has failed: the others see the name. At the end of all, the
    /// connection ends it.
    private func end(_ track: TrackID, _ signal: StopSignal) {
        guard !stop.isStopped else { return }
        context.keyframes.disconnect(track)
        context.link.unpublish(track)
    }

    private func describe(_ format: VideoSourceFormat) -> TrackDescription {
        TrackDescription(
            codec: .h264, timeBase: VideoEncoder.timeBase,
            format: .video(.init(width: size.width, height: size.height, frameRate: format.frameRate)),
            source: settings.source)
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

    // MARK: pass-through

    /// Sends the camera's own H.264, with parameter sets at every IDR.
    private func passThrough(_ source: any VideoSource, _ signal: StopSignal) throws {
        if settings.layers > 1 {
            context.logger.warning("the camera's own encoding is sent as it is, without a second layer")
        }
        let description = describe(source.format)
        guard let track = announce(.init(description: description))?.track else { return }
        defer { end(track, signal) }
        var configuration: AVCConfiguration?
        var lastPTS = Int64.min
        try pull(source, signal) { picture in
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
            self.pictures.show(encoded: packet, description)
        }
    }
}

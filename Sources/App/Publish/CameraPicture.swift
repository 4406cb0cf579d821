import Capture
import Codec
import Logging
import Media

/// Makes of what a camera gives the pictures that the encoder takes. Damaged ones are left out, counted and told.
///
/// Confined to the thread that captures.
final class CameraPicture {
    private let context: PublishContext
    private let scaler = Scaler()
    private let ownScaler = Scaler()
    private var jpegDecoder: VideoDecoder?
    private var ownDecoder: VideoDecoder?
    private var untold = 0
    private var nextWarning = MonotonicTime(nanoseconds: .min)

    /// Nanoseconds from one warning to the next.
    private static let warningInterval: Int64 = 1_000_000_000

    init(_ context: PublishContext) { self.context = context }

    /// The picture in this size; `nil` where it is damaged.
    func frame(_ picture: CapturedPicture, size: (width: Int, height: Int)) throws -> VideoFrame? {
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
            if let picture = try decoder.decode(packet).last, !picture.isCorrupt {
                var frame = picture.frame
                frame.time = time
                return frame
            }
        } catch CodecError.damaged {}
        context.counters.update { $0.damaged += 1 }
        warn(of: 1)
        return nil
    }

    /// Counts pictures that are damaged; a warning a second at most says so.
    func warn(of damaged: Int) {
        untold += damaged
        let now = context.clock.now()
        guard untold > 0, now >= nextWarning else { return }
        nextWarning = now + Self.warningInterval
        context.logger.warning(
            "damaged pictures of the camera were left out; check its cable and USB port",
            metadata: ["count": "\(untold)"])
        untold = 0
    }

    // MARK: what the person sees of it

    /// Shows the picture to the person whose it is, now and then.
    func show(_ frame: VideoFrame) throws {
        guard let own = context.own, own.wants(frame.time) else { return }
        try show(frame, own)
    }

    /// Decodes the camera's own encoding to show it. What cannot be decoded is not shown.
    func show(encoded packet: Packet, _ description: TrackDescription) {
        guard let own = context.own else { return }
        do {
            let decoder = try ownDecoder ?? VideoDecoder(description)
            ownDecoder = decoder
            for picture in try decoder.decode(packet) where own.wants(context.clock.now()) {
                try show(picture.frame, own)
            }
        } catch {}
    }

    private func show(_ frame: VideoFrame, _ own: OwnView) throws {
        let scale = min(
            Double(OwnView.size.width) / Double(frame.width),
            Double(OwnView.size.height) / Double(frame.height), 1)
        func even(_ length: Int) -> Int { max(2, Int(Double(length) * scale) & ~1) }
        own.show(
            try ownScaler.scale(frame, to: .bgra, width: even(frame.width), height: even(frame.height)))
    }
}

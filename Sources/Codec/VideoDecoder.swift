public import LibAV
public import Media

/// One decoded picture and its time stamp in the track's time base.
public struct DecodedPicture: Sendable {
    /// The picture. Its `time` is the time stamp in nanoseconds of the track; map it to a clock before showing it.
    public var frame: VideoFrame
    /// Presentation time in the track's time base.
    public var pts: Int64
    /// Whether the decoder had to conceal damage.
    public var isCorrupt: Bool
}

/// Decodes a video track, with as little delay as the stream allows.
///
/// Confined to one thread.
public final class VideoDecoder {
    private let context: DecoderContext
    private let frame: OwnedFrame
    private var scaler = ScalerContext()
    private let timeBase: TimeBase
    private let upright: UprightFilter?

    /// Opens a decoder for `description`. H.264 takes its parameter sets from the stream.
    /// - Parameter threads: worker threads for the slices of a picture.
    public init(_ description: TrackDescription, threads: Int = 1) throws(CodecError) {
        timeBase = description.timeBase
        upright = nil
        do {
            let parameters = try CodecParameters(description, configuration: description.codecConfiguration)
            context = try DecoderContext(parameters, timeBase: description.timeBase, threads: threads)
            frame = try OwnedFrame()
        } catch { throw .library(error) }
    }

    /// Opens a decoder for a stream of a file, of any format that is installed.
    /// - Parameters:
    ///   - threads: worker threads, 0 for as many as there are cores.
    ///   - isLowDelay: `false` decodes several pictures at once and is faster for files.
    ///   - orientation: how pictures are turned before they come out; interlaced ones are made progressive then. `nil` leaves
    ///     them as they are.
    public init(
        _ parameters: CodecParameters, timeBase: TimeBase, threads: Int = 1, isLowDelay: Bool = true,
        orientation: Orientation? = nil
    ) throws(CodecError) {
        self.timeBase = timeBase
        upright = orientation.map { UprightFilter($0, timeBase: timeBase, isBitExact: false) }
        do {
            context = try DecoderContext(
                parameters, timeBase: timeBase, threads: threads, isLowDelay: isLowDelay)
            frame = try OwnedFrame()
        } catch { throw .library(error) }
    }

    /// Opens a decoder for a camera's JPEG pictures, time stamps in nanoseconds. A picture that is damaged or not complete
    /// is refused, instead of being shown distorted.
    public static func motionJPEG() throws(CodecError) -> VideoDecoder {
        do {
            return VideoDecoder(
                context: try DecoderContext(named: "mjpeg", timeBase: .nanoseconds, refusesDamage: true),
                frame: try OwnedFrame(),
                timeBase: .nanoseconds)
        } catch { throw .library(error) }
    }

    private init(context: consuming DecoderContext, frame: consuming OwnedFrame, timeBase: TimeBase) {
        self.context = context
        self.frame = frame
        self.timeBase = timeBase
        upright = nil
    }

    /// Decodes one packet.
    /// - Returns: the pictures that are finished, in order of presentation.
    /// - Throws: ``CodecError/damaged(_:)`` where the packet was not decodable; the next call goes on.
    public func decode(_ packet: Packet) throws(CodecError) -> [DecodedPicture] {
        do {
            return try decode(try OwnedPacket(copying: packet))
        } catch { throw error.isInvalidData ? .damaged(error) : .library(error) }
    }

    private func decode(_ packet: borrowing OwnedPacket) throws(AVError) -> [DecodedPicture] {
        var pictures: [DecodedPicture] = []
        while try !context.send(packet) { try receive(into: &pictures) }
        try receive(into: &pictures)
        return pictures
    }

    /// The pictures that were still inside. No packet may follow.
    public func finish() throws(CodecError) -> [DecodedPicture] {
        try CodecError.wrapping { () throws(AVError) in
            var pictures: [DecodedPicture] = []
            // With several threads, the damage of earlier packets is told here; what is whole still comes out.
            do throws(AVError) { try context.sendEnd() } catch { if !error.isInvalidData { throw error } }
            for _ in 0..<Self.patience {
                do throws(AVError) {
                    try receive(into: &pictures)
                    break
                } catch { if !error.isInvalidData { throw error } }
            }
            try Self.filtering { try self.upright?.finish { try self.append($0, to: &pictures) } }
            return pictures
        }
    }

    /// Failures in a row while nothing more comes in, after which the decoder is taken to be stuck.
    private static let patience = 1000

    private func receive(into pictures: inout [DecodedPicture]) throws(AVError) {
        while try context.receive(into: frame) {
            if let upright {
                try Self.filtering { try upright.push(self.frame) { try self.append($0, to: &pictures) } }
            } else {
                try append(frame, to: &pictures)
            }
            frame.reset()
        }
    }

    /// The filter and what it calls throw FFmpeg's errors only.
    private static func filtering(_ body: () throws -> Void) throws(AVError) {
        do { try body() } catch {
            throw error as? AVError
                ?? AVError(operation: "turn a picture: \(error)", code: AVError.unknownCode)
        }
    }

    private func append(_ frame: borrowing OwnedFrame, to pictures: inout [DecodedPicture]) throws(AVError) {
        let pts = frame.pts ?? 0
        let time = MonotonicTime(nanoseconds: timeBase.rescale(pts, to: .nanoseconds))
        let picture: VideoFrame
        if let shared = try frame.sharedVideoFrame(time: time) {
            picture = shared
        } else {
            picture = try scaler.scale(
                frame, to: .yuv420p, width: frame.width, height: frame.height, range: frame.range,
                time: time)
        }
        pictures.append(DecodedPicture(frame: picture, pts: pts, isCorrupt: frame.isCorrupt))
    }
}

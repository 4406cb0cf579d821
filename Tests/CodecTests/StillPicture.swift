import LibAV
import Media

/// Still pictures by FFmpeg's own encoders and decoders.
enum StillPicture {
    /// `frame` by the encoder of that name.
    static func encoded(_ frame: VideoFrame, encoder: String) throws -> [UInt8] {
        let context = try EncoderContext(
            video: VideoEncoderSettings(
                encoder: encoder, width: frame.width, height: frame.height, pixelFormat: frame.format,
                range: .full,
                timeBase: .video, frameRate: 1, bitRate: nil, keyframeInterval: 1, threads: 1, options: [:]))
        var full = frame
        full.range = .full
        let packet = try OwnedPacket()
        _ = try context.send(try OwnedFrame(sharing: full, pts: 0))
        try context.sendEnd()
        return try context.receive(into: packet) ? packet.withUnsafeBytes { Array($0) } : []
    }

    /// The picture in `bytes` by the decoder of that name.
    static func decoded(_ bytes: [UInt8], decoder: String) throws -> VideoFrame? {
        let context = try DecoderContext(named: decoder, timeBase: .video)
        _ = try context.send(try OwnedPacket(copying: bytes, pts: 0, dts: 0))
        try context.sendEnd()
        let frame = try OwnedFrame()
        guard try context.receive(into: frame) else { return nil }
        return try frame.sharedVideoFrame(time: MonotonicTime(nanoseconds: 0))
    }
}

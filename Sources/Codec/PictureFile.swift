import LibAV
public import Media

/// Still pictures as PNG files.
public enum PictureFile {
    /// The bytes of a PNG file of `frame`, 8 bits a colour.
    public static func png(_ frame: VideoFrame) throws(CodecError) -> [UInt8] {
        let picture = try Scaler().scale(
            frame, to: .rgb24, width: frame.width, height: frame.height, range: .full)
        return try CodecError.wrapping { () throws(AVError) in
            let encoder = try EncoderContext(
                video: VideoEncoderSettings(
                    encoder: "png", width: frame.width, height: frame.height, pixelFormat: .rgb24,
                    range: .full,
                    timeBase: .video, frameRate: 1, bitRate: nil, keyframeInterval: 1, threads: 1,
                    options: [:]))
            let packet = try OwnedPacket()
            _ = try encoder.send(try OwnedFrame(sharing: picture, pts: 0))
            try encoder.sendEnd()
            guard try encoder.receive(into: packet) else {
                throw AVError(operation: "encode PNG", code: -1)
            }
            return packet.withUnsafeBytes { Array($0) }
        }
    }
}

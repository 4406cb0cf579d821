import Codec
import LibAV
public import Media

/// Streams that Convene's own encoder never makes, but cameras and files do.
public enum RawH264 {
    /// Access units in Annex B of `count` plain grey pictures by libx264.
    ///
    /// - Parameters:
    ///   - format: a layout that libx264 takes; odd sizes need `.yuv444p`.
    ///   - options: libx264's private options, for instance `["x264-params": "interlaced=1"]`.
    /// - Throws: where libx264 refuses.
    public static func accessUnits(
        width: Int, height: Int, format: PixelFormat = .yuv420p, count: Int = 1,
        options: [String: String] = [:]
    ) throws -> [[UInt8]] {
        let encoder = try EncoderContext(
            video: VideoEncoderSettings(
                encoder: "libx264", width: width, height: height, pixelFormat: format, range: .limited,
                timeBase: .video, frameRate: 30, bitRate: 200_000, keyframeInterval: 30, threads: 1,
                options: ["preset": "ultrafast"].merging(options) { _, own in own }))
        let packet = try OwnedPacket()
        var units: [[UInt8]] = []
        for index in 0..<count {
            let picture = grey(width: width, height: height, format: format)
            _ = try encoder.send(try OwnedFrame(sharing: picture, pts: Int64(index) * 3000))
            while try encoder.receive(into: packet) { units.append(packet.withUnsafeBytes { Array($0) }) }
        }
        try encoder.sendEnd()
        while try encoder.receive(into: packet) { units.append(packet.withUnsafeBytes { Array($0) }) }
        return units
    }

    /// A picture with all samples 128.
    public static func grey(width: Int, height: Int, format: PixelFormat) -> VideoFrame {
        plain(width: width, height: height, format: format) { _ in 128 }
    }

    /// A picture whose planes have one value each.
    public static func plain(
        width: Int, height: Int, format: PixelFormat, range: ColorRange = .limited,
        value: (_ plane: Int) -> UInt8
    ) -> VideoFrame {
        let buffer = PixelBuffer(format: format, width: width, height: height)
        for (index, plane) in buffer.planes.enumerated() {
            let bytes = plane.strideInBytes * format.rows(plane: index, height: height)
            plane.start.initializeMemory(as: UInt8.self, repeating: value(index), count: bytes)
        }
        return VideoFrame(
            format: format, width: width, height: height, range: range, time: MonotonicTime(nanoseconds: 0),
            buffer: buffer)
    }
}

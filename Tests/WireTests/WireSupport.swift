import Media
import NIOCore
import Wire

/// Every frame that `decoder` gives at present.
func drain(_ decoder: inout FrameDecoder) throws(WireError) -> [Frame] {
    var frames: [Frame] = []
    while let frame = try decoder.next() { frames.append(frame) }
    return frames
}

/// A media frame of `track` with `count` bytes of payload.
func mediaFrame(
    track: UInt32 = 1, sequence: UInt32 = 0, dts: Int64 = 0, ptsOffset: Int32 = 0, keyframe: Bool = false,
    count: Int = 16
) throws -> ByteBuffer {
    let header = MediaHeader(
        track: TrackID(rawValue: track), sequence: sequence, dts: dts, ptsOffset: ptsOffset, duration: 3000,
        flags: keyframe ? .keyframe : [])
    return try FrameEncoder.media(header, payload: [UInt8](repeating: 0xAB, count: count))
}

/// The one frame in `bytes`.
func frame(_ bytes: ByteBuffer) throws -> Frame {
    var decoder = FrameDecoder()
    decoder.append(bytes)
    guard let frame = try decoder.next() else { throw WireError(.badFrame, "incomplete") }
    return frame
}

/// A control frame with this JSON text.
func controlFrame(_ json: String) throws -> Frame { try frame(rawControl(json)) }

func rawControl(_ json: String) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeInteger(UInt32(1 + json.utf8.count))
    buffer.writeInteger(UInt8(1))
    buffer.writeString(json)
    return buffer
}

let videoDescription = TrackDescription(
    codec: .h264, timeBase: .video, format: .video(.init(width: 1280, height: 720, frameRate: 30)),
    source: "camera")
let opusDescription = TrackDescription(
    codec: .opus, timeBase: .opus, format: .audio(.init(sampleRate: 48_000, channels: 1)), source: "camera")

/// A generator with a known seed (SplitMix64), so that a failing input comes again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

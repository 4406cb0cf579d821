import Codec
import Media
import Wire

/// Encodes a smaller version of a video track: half as wide and high, at a quarter of the bitrate.
///
/// Confined to the thread that encodes the track.
final class LayerEncoder {
    let number: TrackID
    private let encoder: VideoEncoder
    private let scaler = Scaler()
    private let size: (width: Int, height: Int)

    /// Opens the encoder of the layer that `numbers` has; `nil` where there is none.
    init?(_ track: VideoEncoding, _ numbers: TrackHandshake.Numbers) throws {
        guard let number = numbers.layer else { return nil }
        self.number = number
        size = Self.size(of: (track.width, track.height))
        var settings = track
        settings.width = size.width
        settings.height = size.height
        settings.bitRate = max(10_000, track.bitRate / 4)
        encoder = try VideoEncoder(settings)
    }

    /// The layer's size, in even pixels.
    static func size(of track: (width: Int, height: Int)) -> (width: Int, height: Int) {
        (max(2, track.width / 4 * 2), max(2, track.height / 4 * 2))
    }

    /// Makes the next picture a keyframe, from any thread.
    var keyframes: VideoEncoder.KeyframeRequest { encoder.keyframes }

    /// Encodes the picture that the track has at `pts`.
    /// - Parameter isKeyframe: whether it is one in the track: it is one here too then.
    func encode(_ frame: VideoFrame, pts: Int64, isKeyframe: Bool) throws -> [Packet] {
        if isKeyframe { encoder.keyframes.set() }
        let small = try scaler.scale(frame, to: .yuv420p, width: size.width, height: size.height)
        return try encoder.encode(small, pts: pts)
    }

    /// What is left at the end.
    func finish() throws -> [Packet] { try encoder.finish() }
}

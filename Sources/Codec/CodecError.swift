public import LibAV

/// Why something could not be encoded or decoded.
public enum CodecError: Error, Sendable, CustomStringConvertible {
    /// A size, rate or option that the encoder does not take; the text holds its reason.
    case refused(encoder: String, reason: String)
    /// A packet could not be decoded. The decoder goes on; pictures are right again from the next keyframe.
    case damaged(AVError)
    /// Anything else that FFmpeg reported.
    case library(AVError)

    /// Whether only this packet is lost: the decoder goes on with the next.
    public var isDamage: Bool { if case .damaged = self { true } else { false } }

    /// What failed and what to do, for people.
    public var description: String {
        switch self {
        case .refused(let encoder, let reason):
            "The encoder \(encoder) refuses its settings: \(reason). Change size, rate, bitrate or preset."
        case .damaged(let error): "A packet could not be decoded: \(error)"
        case .library(let error): "The codec failed: \(error)"
        }
    }

    static func wrapping<Result: ~Copyable>(
        _ body: () throws(AVError) -> Result
    ) throws(CodecError) -> Result {
        do { return try body() } catch { throw .library(error) }
    }
}

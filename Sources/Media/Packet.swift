/// Bytes that somebody else keeps: an array, a network buffer, a buffer of FFmpeg's.
///
/// The bytes never change once they are in a packet, so every thread may read them.
public protocol PayloadStorage: Sendable {
    /// Number of bytes.
    var count: Int { get }
    /// Bytes of memory that it keeps from being freed: more than ``count`` where it is a part of a larger buffer.
    var retainedBytes: Int { get }
    /// Calls `body` with the bytes, which are valid only until it returns.
    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
}

extension PayloadStorage {
    /// As many as there are.
    public var retainedBytes: Int { count }
}

extension Array: PayloadStorage where Element == UInt8 {}

/// One encoded unit of a track: a picture (an H.264 access unit) or a stretch of sound.
///
/// A value that shares its payload: copying a packet copies no media.
public struct Packet: Sendable {
    /// What a relay and a muxer must know of a packet without looking into it.
    public struct Flags: OptionSet, Sendable, Hashable {
        /// The bits, as on the wire.
        public let rawValue: UInt8
        /// Flags from their bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Decoding can start here. Set on every packet of sound, and on a picture if it is an IDR.
        public static let keyframe = Flags(rawValue: 1)
        /// No other picture refers to this one.
        public static let droppable = Flags(rawValue: 2)
    }

    /// Presentation time in the track's time base.
    public var pts: Int64
    /// Decoding time in the track's time base; strictly increasing within a track.
    public var dts: Int64
    /// Nominal duration in the track's time base; 0 where it is not known.
    public var duration: Int64
    /// Properties for relays and muxers.
    public var flags: Flags
    /// The bytes: Annex B for H.264, one Opus packet, one raw AAC frame.
    public var payload: any PayloadStorage

    /// A packet from its parts. The payload is shared, not copied.
    public init(pts: Int64, dts: Int64, duration: Int64, flags: Flags, payload: any PayloadStorage) {
        self.pts = pts
        self.dts = dts
        self.duration = duration
        self.flags = flags
        self.payload = payload
    }

    /// Whether decoding can start at this packet.
    public var isKeyframe: Bool { flags.contains(.keyframe) }

    /// The same packet with a payload of its own, which keeps no larger buffer.
    public func copied() -> Packet {
        Packet(pts: pts, dts: dts, duration: duration, flags: flags, payload: bytes())
    }

    /// A copy of the payload's bytes.
    public func bytes() -> [UInt8] { payload.withUnsafeBytes { Array($0) } }
}

public import Media
public import NIOCore

/// The fixed header in front of every media payload, all fields big-endian.
///
/// ```
///  0        4          8            16                   20         24       25        28
///  | track  | sequence | dts (i64)  | pts−dts (i32)      | duration | flags  | 0 0 0   | payload…
///    u32      u32        time base    time base            u32        bits
/// ```
/// The three bytes behind the flags are written as 0 and not looked at when read: later versions may use them.
public struct MediaHeader: Sendable, Hashable {
    /// The track.
    public var track: TrackID
    /// Counts the publisher's packets of this track from 0, lost ones too; wraps around at 2^32.
    public var sequence: UInt32
    /// Decoding time in the track's time base.
    public var dts: Int64
    /// PTS − DTS in the track's time base.
    public var ptsOffset: Int32
    /// Nominal duration in the track's time base; 0 where it is not known.
    public var duration: UInt32
    /// Properties of the packet.
    public var flags: Packet.Flags

    /// A header from its fields.
    public init(
        track: TrackID, sequence: UInt32, dts: Int64, ptsOffset: Int32, duration: UInt32, flags: Packet.Flags
    ) {
        self.track = track
        self.sequence = sequence
        self.dts = dts
        self.ptsOffset = ptsOffset
        self.duration = duration
        self.flags = flags
    }

    /// The header of `packet`. Values that do not fit their field are clamped.
    public init(track: TrackID, sequence: UInt32, packet: Packet) {
        let (offset, overflow) = packet.pts.subtractingReportingOverflow(packet.dts)
        self.init(
            track: track, sequence: sequence, dts: packet.dts,
            ptsOffset: overflow ? .max : Int32(clamping: offset),
            duration: UInt32(clamping: packet.duration), flags: packet.flags)
    }

    /// Presentation time in the track's time base. Wraps instead of trapping on absurd values.
    public var pts: Int64 { dts &+ Int64(ptsOffset) }

    /// Reads a header and moves past it; `nil` where fewer than 28 bytes are left.
    public init?(reading buffer: inout ByteBuffer) {
        guard buffer.readableBytes >= WireLimits.mediaHeaderBytes,
            let (track, sequence, dts, offset, duration, flags, _, _, _) = buffer.readMultipleIntegers(
                as: (UInt32, UInt32, Int64, Int32, UInt32, UInt8, UInt8, UInt8, UInt8).self)
        else { return nil }
        self.init(
            track: TrackID(rawValue: track), sequence: sequence, dts: dts, ptsOffset: offset,
            duration: duration, flags: Packet.Flags(rawValue: flags))
    }

    /// Appends the header's 28 bytes to `buffer`.
    public func write(to buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(
            track.rawValue, sequence, dts, ptsOffset, duration, flags.rawValue, UInt8(0), UInt8(0), UInt8(0))
    }

    /// The packet of this header with `payload`, which is shared.
    public func packet(payload: ByteBuffer) -> Packet {
        Packet(
            pts: pts, dts: dts, duration: Int64(duration), flags: flags, payload: ByteBufferPayload(payload))
    }
}

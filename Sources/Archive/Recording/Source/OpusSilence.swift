import Media

/// Silence in the place of sound that was not sent: a muted microphone sends nothing, and the file has silence.
///
/// Without it the last sample would last as long as the hole: right for players that go by the time stamps, and out of
/// step with the pictures in those that play one sample behind the other.
enum OpusSilence {
    /// 20 ms, in samples at 48 kHz.
    static let length: Int64 = 960
    /// A hole that is shorter is a packet or two that the network has lost: the last sample covers it. 100 ms.
    static let shortestHole: Int64 = 4800
    /// Time stamps may run ahead of the packets' arrival by so much, in samples: 2 s.
    private static let slack: Int64 = 96_000

    /// One packet of silence: CELT, full band, 20 ms (RFC 6716 §3.1).
    static func packet(channels: Int) -> [UInt8] { [channels > 1 ? 0xFC : 0xF8, 0xFF, 0xFE] }

    /// How long a packet lasts, in samples at 48 kHz (RFC 6716 §3.1 and §3.2); `nil` where it is none.
    static func duration(of payload: UnsafeRawBufferPointer) -> Int64? {
        guard let first = payload.first else { return nil }
        let configuration = Int(first >> 3)
        let frame: Int64 =
            switch configuration {
            case 0..<12: [480, 960, 1920, 2880][configuration % 4]
            case 12..<16: [480, 960][configuration % 2]
            default: [120, 240, 480, 960][configuration % 4]
            }
        switch first & 3 {
        case 0: return frame
        case 1, 2: return 2 * frame
        default: return payload.count > 1 ? Int64(payload[1] & 0x3F) * frame : nil
        }
    }

    /// The packets that fill the hole behind `packet`, and how long each lasts, if it is one of a microphone that was
    /// silent.
    /// - Parameters:
    ///   - next: DTS of the packet that follows it.
    ///   - elapsed: nanoseconds from the arrival of the one to that of the other. Time stamps that jump further are no
    ///     silence that somebody has kept, and a file of silence is not made of them.
    /// - Returns: how long the packet itself lasts, and the first time stamp and number of packets of silence; `nil` where
    ///   there is no hole. The last one lasts until `next`.
    static func hole(
        behind packet: Packet, next: Int64, elapsed: Int64, _ description: TrackDescription
    ) -> (own: Int64, count: Int64)? {
        let (distance, overflow) = next.subtractingReportingOverflow(packet.dts)
        // Nearly always it is the next packet: that costs no look at this one.
        guard !overflow, distance >= shortestHole, description.codec == .opus, description.timeBase == .opus,
            let own = packet.payload.withUnsafeBytes({ duration(of: $0) }), own > 0,
            distance - own >= shortestHole
        else { return nil }
        let most = TimeBase.nanoseconds.rescale(max(0, elapsed), to: .opus) + slack
        guard distance - own <= most else { return nil }
        return (own, (distance - own) / length)
    }
}

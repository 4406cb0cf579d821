import Media
import MediaTesting

/// The real H.264 that the publishers of a churn send, again and again.
struct ChurnStream {
    let interval: Duration
    private let packets: [(bytes: [UInt8], isKeyframe: Bool)]
    private static let rate = 15.0

    init() throws {
        let pattern = try EncodedStream.pattern(
            width: 320, height: 180, rate: Self.rate, count: 15, keyframeInterval: 1, bitRate: 1_000_000)
        packets = pattern.packets.map { ($0.bytes(), $0.isKeyframe) }
        interval = .seconds(1 / Self.rate)
    }

    /// Offers the track.
    static let publish = TCPClient.control(
        #"{"type":"publish","ref":1,"track":{"kind":"video","codec":"h264","timeBase":[1,90000],"#
            + #""width":320,"height":180,"frameRate":15,"source":"camera"}}"#)

    /// The frame of the packet with that number.
    func frame(track: UInt32, sequence: Int) -> [UInt8] {
        let packet = packets[sequence % packets.count]
        var body = TCPClient.bigEndian(track) + TCPClient.bigEndian(UInt32(sequence))
        // The upper half of the DTS stays 0 for some hours.
        body += [0, 0, 0, 0] + TCPClient.bigEndian(UInt32(sequence * 6000)) + [0, 0, 0, 0]
        body += TCPClient.bigEndian(6000) + [packet.isKeyframe ? 1 : 0, 0, 0, 0]
        return TCPClient.frame(kind: 2, body + packet.bytes)
    }
}

import Container
import FoundationEssentials
import Media
import MediaTesting
import Testing

/// Fragmented MP4 in memory, made from encoded streams.
struct Recording {
    /// A packet as it is read from a file.
    struct Sample: Hashable {
        let track: Int
        let pts: Int64
        let dts: Int64
        let isKeyframe: Bool
        let payload: [UInt8]
    }

    /// Header and fragments.
    private(set) var bytes: [UInt8]
    /// Where each fragment (`moof` and `mdat`) lies.
    private(set) var fragments: [Range<Int>] = []

    /// Writes the streams, interleaved by time, with a fragment's end every `interval` nanoseconds.
    init(_ streams: [EncodedStream], interval: Int64 = 500_000_000, tags: [String: String] = [:]) throws {
        let configurations = streams.map(\.configuration)
        let muxer = try FragmentedMuxer(
            tracks: zip(streams, configurations).map { stream, video in
                MuxedTrack(
                    description: stream.description,
                    configuration: video?.record ?? stream.description.codecConfiguration)
            }, tags: tags)
        bytes = muxer.header
        var order: [(time: Int64, track: Int, number: Int)] = []
        for (track, stream) in streams.enumerated() {
            for (number, packet) in stream.packets.enumerated() {
                order.append((stream.nanoseconds(packet), track, number))
            }
        }
        order.sort { ($0.time, $0.track) < ($1.time, $1.track) }
        var end = (order.first?.time ?? 0) + interval
        for (time, track, number) in order {
            if time >= end {
                try muxer.cutFragment { append($0) }
                end = time + interval
            }
            try Self.append(number, of: streams[track], video: configurations[track], track: track, to: muxer)
        }
        try muxer.cutFragment { append($0) }
    }

    private static func append(
        _ number: Int, of stream: EncodedStream, video: AVCConfiguration?, track: Int,
        to muxer: FragmentedMuxer
    ) throws {
        let packet = stream.packets[number]
        let next =
            number + 1 < stream.packets.count ? stream.packets[number + 1].dts : packet.dts + packet.duration
        let payload =
            video.map { video in
                packet.payload.withUnsafeBytes { AccessUnit(annexB: $0).sample(from: $0, leavingOut: video) }
            } ?? packet.bytes()
        try muxer.append(
            track: track, payload: payload, pts: packet.pts, dts: packet.dts, duration: next - packet.dts,
            isKeyframe: packet.isKeyframe)
    }

    private mutating func append(_ parts: [UnsafeRawBufferPointer]) {
        let start = bytes.count
        for part in parts { bytes += part }
        fragments.append(start..<bytes.count)
    }

    /// Bytes in front of the first fragment.
    var headerSize: Int { fragments.first?.lowerBound ?? bytes.count }

    /// The video pattern and its tone, both from 0 on.
    static func streams(
        seconds: Int = 2, keyframeInterval: Double = 1, startingAt start: Int64 = 0
    ) throws -> [EncodedStream] {
        let video = try EncodedStream.pattern(count: seconds * 30, keyframeInterval: keyframeInterval)
        let audio = try EncodedStream.tone(milliseconds: seconds * 1000)
        // The encoder's delay would put the first sound before 0.
        return [video, audio].map { $0.shifted(byNanoseconds: start + 20_000_000) }
    }

    /// All packets of the file at `path`, track by track.
    static func samples(_ path: String) throws -> [Sample] {
        let demuxer = try Demuxer(path: path)
        var samples: [Sample] = []
        while let (track, packet) = try demuxer.next() {
            samples.append(
                Sample(
                    track: track.index, pts: packet.pts, dts: packet.dts, isKeyframe: packet.isKeyframe,
                    payload: packet.bytes()))
        }
        return samples.sorted { ($0.track, $0.dts) < ($1.track, $1.dts) }
    }
}

/// A box at the top of a file.
struct TopLevelBox: Hashable {
    let kind: String
    let range: Range<Int>

    /// The boxes of `bytes`, until one is not all there.
    static func all(_ bytes: [UInt8]) -> [TopLevelBox] {
        func number(_ index: Int, _ count: Int) -> Int {
            bytes[index..<(index + count)].reduce(0) { $0 << 8 | Int($1) }
        }
        var boxes: [TopLevelBox] = []
        var index = 0
        while index + 16 <= bytes.count {
            let short = number(index, 4)
            let size = short == 1 ? number(index + 8, 8) : short
            guard size >= 8, index + size <= bytes.count else { break }
            let kind = String(decoding: bytes[(index + 4)..<(index + 8)], as: UTF8.self)
            boxes.append(TopLevelBox(kind: kind, range: index..<(index + size)))
            index += size
        }
        return boxes
    }
}

extension TemporaryFolder {
    /// Writes a file into the folder and returns its path.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = path + "/" + name
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    /// Writes `recording.mp4` into the folder and returns its path.
    func file(_ bytes: [UInt8]) throws -> String { try file("recording.mp4", bytes) }

    /// The bytes of a file.
    static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
}

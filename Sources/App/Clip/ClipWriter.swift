import Codec
import Container
import LibAV
import Media

/// Cuts one recording: what lies between keyframes is copied, only the pictures from the cut to the first keyframe
/// behind it are encoded anew.
///
/// Time 0 of the clip is the beginning of the range in the meeting, in all clips: they can be laid over each other.
struct ClipWriter: Sendable {
    let file: RecordedFile
    /// Of the meeting, microseconds.
    let range: Range<Int64>

    /// What a clip consists of.
    struct Result: Sendable {
        /// Packets that are as they were.
        var copied = 0
        /// Pictures that were encoded anew.
        var encoded = 0
    }

    /// Sound before the cut that a decoder needs to be right at it (RFC 7845 §4.6), microseconds. It is not played.
    private static let soundPreroll: Int64 = 80_000
    /// x264's constant rate factor of the pictures that are encoded anew: what they lose is not seen.
    private static let quality = 14.0

    /// Writes the clip, on a thread of its own.
    func run(_ path: String, _ termination: Termination) async throws -> Result {
        try await BlockingWork.run("clip") { try write(path, termination) }
    }

    private func write(_ path: String, _ termination: Termination) throws -> Result {
        let inFile = (range.lowerBound - file.start)..<(range.upperBound - file.start)
        let (head, demuxer) = try reading {
            (
                try ClipHead(file: file, range: inFile, quality: Self.quality),
                try file.open(from: range.lowerBound)
            )
        }
        let tracks = demuxer.tracks.filter {
            ($0.kind == .audio || $0.parameters.codec == .h264) && isReadable($0)
        }
        guard !tracks.isEmpty else { return Result() }
        let muxer = try FileMuxer(
            path: path,
            tracks: tracks.map { track in
                FileMuxer.Track(
                    parameters: track.parameters, timeBase: track.timeBase, frameRate: track.frameRate,
                    hasParameterSetsInBand: track.kind == .video && !head.packets.isEmpty)
            })
        var result = Result(copied: 0, encoded: head.packets.count)
        var pending = head.packets[...]
        while let (track, packet) = try reading({ try demuxer.next() }), !termination.isRequested {
            guard let index = tracks.firstIndex(where: { $0.index == track.index }) else { continue }
            let time = file.start + track.timeBase.rescale(packet.pts, to: .microseconds)
            if isDone(time, packet, track) { break }
            guard keeps(time, packet, track, head) else { continue }
            let cut = head.videoIndex(in: tracks)
            // Encoded pictures go in at their place among the sound.
            while let first = pending.first, let cut,
                tracks[cut].timeBase.seconds(first.dts) <= track.timeBase.seconds(packet.dts)
            {
                try muxer.append(placed(first, tracks[cut]), track: cut)
                pending.removeFirst()
            }
            let isJoin = track.kind == .video && !head.packets.isEmpty
            let payload = isJoin ? head.withParameterSets(packet) : packet
            try muxer.append(placed(payload, track), track: index)
            result.copied += 1
        }
        if let cut = head.videoIndex(in: tracks) {
            for packet in pending { try muxer.append(placed(packet, tracks[cut]), track: cut) }
        }
        try muxer.finish()
        return result
    }

    /// The file itself cannot be read.
    struct Unreadable: Error {
        let reason: any Error
    }

    private func reading<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch { throw Unreadable(reason: error) }
    }

    /// Whether there is a decoder for what the track is described as; copying it otherwise would make a file that no player opens.
    private func isReadable(_ track: Demuxer.Track) -> Bool {
        do {
            switch track.kind {
            case .video: _ = try VideoDecoder(track.parameters, timeBase: track.timeBase, threads: 1)
            case .audio:
                _ = try AudioDecoder(
                    track.parameters, timeBase: track.timeBase,
                    sampleRate: FileAudioEncoder.sampleRate, channels: 2)
            }
            return true
        } catch {
            SkippedMedia.note(file.path, track.kind == .video ? "its pictures" : "its sound", error)
            return false
        }
    }

    /// Whether nothing of the clip follows: tracks are interleaved within a second.
    private func isDone(_ time: Int64, _ packet: Packet, _ track: Demuxer.Track) -> Bool {
        time > range.upperBound + 3_000_000
    }

    private func keeps(_ time: Int64, _ packet: Packet, _ track: Demuxer.Track, _ head: ClipHead) -> Bool {
        switch track.kind {
        case .audio: return time >= range.lowerBound - Self.soundPreroll && time < range.upperBound
        case .video:
            // By decoding times, so that whatever a picture refers to is there.
            let decoded = file.start + track.timeBase.rescale(packet.dts, to: .microseconds)
            return decoded < range.upperBound && head.firstCopied.map { packet.dts >= $0 } ?? false
        }
    }

    /// The packet with time stamps from the beginning of the range.
    private func placed(_ packet: Packet, _ track: Demuxer.Track) -> Packet {
        let offset = TimeBase.microseconds.rescale(range.lowerBound - file.start, to: track.timeBase)
        var packet = packet
        packet.pts -= offset
        packet.dts -= offset
        return packet
    }
}

import Archive
import Codec
import Container
import Media

/// Decodes all of a recording.
enum DeepCheck {
    /// What a decoder finds wrong with the file at `path`.
    /// - Parameter packets: that each track must have, in the order of the file.
    static func findings(_ path: String, packets expected: [Int]) -> [ArchiveFinding] {
        do {
            let demuxer = try Demuxer(path: path)
            var lanes: [Int: Lane] = [:]
            for track in demuxer.tracks { lanes[track.index] = try Lane(track) }
            while let (track, packet) = try demuxer.next() { lanes[track.index]?.decode(packet) }
            return demuxer.tracks.enumerated().flatMap { position, track in
                let texts = lanes[track.index]?.finish(
                    expected: position < expected.count ? expected[position] : nil)
                return (texts ?? []).map { ArchiveFinding(path, "track \(position + 1): \($0)") }
            }
        } catch { return [ArchiveFinding(path, "\(error)")] }
    }

    /// One track.
    private final class Lane {
        private enum Decoder {
            case video(VideoDecoder)
            case audio(AudioDecoder)
        }

        private let decoder: Decoder
        private var packets = 0
        private var pictures = 0
        private var corrupt = 0
        private var refused = 0
        private var firstRefusal: String?

        init(_ track: Demuxer.Track) throws(CodecError) {
            switch track.kind {
            case .video:
                decoder = .video(try VideoDecoder(track.parameters, timeBase: track.timeBase, threads: 0))
            case .audio:
                decoder = .audio(
                    try AudioDecoder(
                        track.parameters, timeBase: track.timeBase,
                        sampleRate: max(1, track.parameters.sampleRate),
                        channels: max(1, track.parameters.channels)))
            }
        }

        func decode(_ packet: Packet) {
            packets += 1
            attempt { () throws(CodecError) in
                switch decoder {
                case .video(let decoder): count(try decoder.decode(packet))
                case .audio(let decoder): _ = try decoder.decode(packet)
                }
            }
        }

        private func attempt(_ body: () throws(CodecError) -> Void) {
            do { try body() } catch {
                refused += 1
                if firstRefusal == nil { firstRefusal = error.description }
            }
        }

        private func count(_ decoded: [DecodedPicture]) {
            pictures += decoded.count
            corrupt += decoded.count(where: \.isCorrupt)
        }

        /// What was wrong, once the last packet is in.
        func finish(expected: Int?) -> [String] {
            attempt { () throws(CodecError) in
                switch decoder {
                case .video(let decoder): count(try decoder.finish())
                case .audio(let decoder): _ = try decoder.finish()
                }
            }
            var findings: [String] = []
            if let expected, packets != expected {
                findings.append("\(packets) of \(expected) packets can be read")
            }
            if refused > 0 { findings.append("\(refused) packets cannot be decoded: \(firstRefusal ?? "")") }
            if corrupt > 0 { findings.append("\(corrupt) pictures are damaged") }
            if case .video = decoder, pictures < packets - refused {
                findings.append("\(packets) packets, but \(pictures) pictures")
            }
            return findings
        }
    }
}

import Archive
import Codec
import Container
import Media

/// Decodes all of a recording.
enum DeepCheck {
    /// What a decoder finds wrong with the file at `path`.
    ///
    /// What no decoder can read, but is as it was recorded, came so: a note, not a fault of the archive.
    /// - Parameters:
    ///   - packets: that each track must have, in the order of the file.
    ///   - isIntact: whether the file is known to be as it was recorded.
    static func findings(_ path: String, packets expected: [Int], isIntact: Bool) -> [ArchiveFinding] {
        do throws(ContainerError) {
            let demuxer = try Demuxer(recording: path)
            var lanes: [Int: Lane] = [:]
            var findings: [ArchiveFinding] = []
            for (position, track) in demuxer.tracks.enumerated() {
                do { lanes[track.index] = try Lane(track) } catch {
                    findings.append(
                        ArchiveFinding(
                            path, "track \(position + 1): no decoder takes it, as it was sent: \(error)",
                            severity: .note))
                }
            }
            while let (track, packet) = try demuxer.next() { lanes[track.index]?.decode(packet) }
            for (position, track) in demuxer.tracks.enumerated() {
                let found = lanes[track.index]?.finish(
                    expected: position < expected.count ? expected[position] : nil)
                for (text, isContent) in found ?? [] {
                    findings.append(
                        ArchiveFinding(
                            path, "track \(position + 1): \(text)",
                            severity: isContent && isIntact ? .note : .problem))
                }
            }
            return findings
        } catch { return [ArchiveFinding(path, error.reason)] }
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

        /// What was wrong, once the last packet is in, and whether that may have come so.
        func finish(expected: Int?) -> [(text: String, isContent: Bool)] {
            attempt { () throws(CodecError) in
                switch decoder {
                case .video(let decoder): count(try decoder.finish())
                case .audio(let decoder): _ = try decoder.finish()
                }
            }
            var findings: [(text: String, isContent: Bool)] = []
            if let expected, packets != expected {
                findings.append(("\(packets) of \(expected) packets can be read", false))
            }
            if refused > 0 {
                findings.append(("\(refused) packets cannot be decoded: \(firstRefusal ?? "")", true))
            }
            if corrupt > 0 { findings.append(("\(corrupt) pictures are damaged", true)) }
            if case .video = decoder, pictures < packets - refused {
                findings.append(("\(packets) packets, but \(pictures) pictures", true))
            }
            return findings
        }
    }
}

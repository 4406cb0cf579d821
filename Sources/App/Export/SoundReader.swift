import Codec
import Container
import Media

/// Decodes the sound of one source of a participant, forward, as much as is asked for.
///
/// Confined to one thread. 48 kHz, interleaved stereo; positions count samples from the beginning of the export.
final class SoundReader {
    static let channels = 2
    private let files: [RecordedFile]
    private let range: Range<Int64>
    private var nextFile = 0
    private var open: (demuxer: Demuxer, track: Demuxer.Track, decoder: AudioDecoder, file: RecordedFile)?
    private var pending: [(position: Int, samples: [Float])] = []
    private var end = Int.min

    /// - Parameter range: of the meeting, microseconds.
    init(_ source: RecordedSource, range: Range<Int64>) {
        files = source.files.filter { $0.hasAudio && $0.start < range.upperBound }
        self.range = range
    }

    /// Adds the sound from `position` on to `mix`. Positions only grow.
    func add(to mix: inout [Float], at position: Int) throws {
        let count = mix.count / Self.channels
        while end < position + count, try decodeMore() {}
        while let first = pending.first, first.position + first.samples.count / Self.channels <= position {
            pending.removeFirst()
        }
        for piece in pending {
            let start = max(position, piece.position)
            let stop = min(position + count, piece.position + piece.samples.count / Self.channels)
            guard start < stop else { continue }
            let (target, source) = (
                (start - position) * Self.channels, (start - piece.position) * Self.channels
            )
            for index in 0..<(stop - start) * Self.channels {
                mix[target + index] += piece.samples[source + index]
            }
        }
    }

    /// - Returns: `false` at the end.
    private func decodeMore() throws -> Bool {
        guard let (demuxer, track, decoder, file) = open else { return try openNext() }
        while let (found, packet) = try demuxer.next() {
            guard found.index == track.index else { continue }
            do {
                for sound in try decoder.decode(packet) { keep(sound, track, file) }
            } catch {
                guard error.isDamage else { throw error }
            }
            return true
        }
        for sound in try decoder.finish() { keep(sound, track, file) }
        open = nil
        return true
    }

    private func keep(_ sound: DecodedSound, _ track: Demuxer.Track, _ file: RecordedFile) {
        // The file's place is rounded once, so that its packets follow each other without a sample's hole.
        let place = TimeBase.microseconds.rescale(
            file.start - range.lowerBound, to: FileAudioEncoder.timeBase)
        let position = Int(place + track.timeBase.rescale(sound.pts, to: FileAudioEncoder.timeBase))
        pending.append((position, sound.samples))
        end = max(end, position + sound.samples.count / Self.channels)
    }

    private func openNext() throws -> Bool {
        while nextFile < files.count {
            let file = files[nextFile]
            nextFile += 1
            if file.isSeekable, file.end <= range.lowerBound { continue }
            let demuxer = try file.open(from: range.lowerBound)
            guard let track = demuxer.tracks.first(where: { $0.kind == .audio }) else { continue }
            let decoder = try AudioDecoder(
                track.parameters, timeBase: track.timeBase, sampleRate: FileAudioEncoder.sampleRate,
                channels: Self.channels)
            open = (demuxer, track, decoder, file)
            return true
        }
        end = .max
        return false
    }
}

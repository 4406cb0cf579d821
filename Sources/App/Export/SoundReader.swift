import Archive
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
    private var open: Open?
    private var pending: [(position: Int, samples: [Float])] = []
    private var end = Int.min

    /// The file that is being read.
    private struct Open {
        let path: String
        let demuxer: Demuxer
        let track: Demuxer.Track
        let decoder: AudioDecoder
        var placement: SoundPlacement
    }

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
        guard let file = open else { return openNext() }
        do { try decode(file) } catch {
            SkippedMedia.note(file.path, "the rest of its sound", error)
            open = nil
        }
        return true
    }

    /// Decodes one packet, or what is left at the end of the file.
    private func decode(_ file: Open) throws {
        while let (found, packet) = try file.demuxer.next() {
            guard found.index == file.track.index else { continue }
            do {
                for sound in try file.decoder.decode(packet) { keep(sound) }
            } catch {
                guard error.isDamage else { throw error }
            }
            return
        }
        for sound in try file.decoder.finish() { keep(sound) }
        open = nil
    }

    private func keep(_ sound: DecodedSound) {
        guard let placed = open?.placement.place(sound.samples, pts: sound.pts) else { return }
        pending.append(placed)
        end = max(end, placed.position + placed.samples.count / Self.channels)
    }

    private func openNext() -> Bool {
        while nextFile < files.count {
            let file = files[nextFile]
            nextFile += 1
            if file.isSeekable, file.end <= range.lowerBound { continue }
            do { open = try open(file) } catch { SkippedMedia.note(file.path, "its sound", error) }
            if open != nil { return true }
        }
        end = .max
        return false
    }

    /// - Returns: `nil` where it has no sound.
    private func open(_ file: RecordedFile) throws -> Open? {
        let demuxer = try file.open(from: range.lowerBound)
        guard let (track, clock) = file.track(.audio, of: demuxer) else { return nil }
        let decoder = try AudioDecoder(
            track.parameters, timeBase: track.timeBase, sampleRate: FileAudioEncoder.sampleRate,
            channels: Self.channels)
        return Open(
            path: file.path, demuxer: demuxer, track: track, decoder: decoder,
            placement: SoundPlacement(
                clock: clock, timeBase: track.timeBase, origin: range.lowerBound, channels: Self.channels))
    }
}

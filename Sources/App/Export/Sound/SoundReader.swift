import Archive
import Codec
import Container
import LibAV
import Media

/// Decodes the sound of one source of a participant, forward, as much as is asked for.
///
/// Where a file goes on with the sound of the one before, so does the decoder: one that starts cold needs up to 80 ms of Opus
/// to be right (RFC 7845 §4.6). Before the export's beginning it hears as much. Confined to one thread. 48 kHz, interleaved
/// stereo; positions count samples from the beginning of the export.
final class SoundReader {
    static let channels = 2
    /// What a decoder hears before it is listened to, microseconds.
    private static let preroll: Int64 = 80_000
    /// The most samples between the sound of two files that is one: less than any packet.
    private static let seam = 120

    private let files: [RecordedFile]
    private let range: Range<Int64>
    private var nextFile = 0
    private var open: Open?
    /// What decoded the file before, until it is known whether the next one goes on with it.
    private var last: Voice?
    private var pending: [(position: Int, samples: [Float])] = []
    private var end = Int.min

    /// A decoder, and where its sound belongs.
    private struct Voice {
        let parameters: CodecParameters
        let decoder: AudioDecoder
        var placement: SoundPlacement
    }

    /// The file that is being read.
    private struct Open {
        let path: String
        let demuxer: Demuxer
        let track: Demuxer.Track
        let clock: ClockMap
        /// Missing until the first packet.
        var voice: Voice?
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
        guard let file = open else { return try openNext() }
        do { try decode(file) } catch {
            SkippedMedia.note(file.path, "the rest of its sound", error)
            open = nil
        }
        return true
    }

    /// Decodes one packet, or notes the end of the file.
    private func decode(_ file: Open) throws {
        while let (found, packet) = try file.demuxer.next() {
            guard found.index == file.track.index else { continue }
            var voice = try file.voice ?? begin(file, at: packet.pts)
            do {
                for sound in try voice.decoder.decode(packet) { keep(sound, &voice) }
            } catch {
                guard error.isDamage else { throw error }
            }
            open?.voice = voice
            return
        }
        last = file.voice ?? last
        open = nil
    }

    /// The decoder for a file whose first packet is at `pts`.
    private func begin(_ file: Open, at pts: Int64) throws -> Voice {
        var placement = SoundPlacement(
            clock: file.clock, timeBase: file.track.timeBase, origin: range.lowerBound,
            channels: Self.channels)
        if let last, let next = last.placement.next, last.parameters.isSameSound(as: file.track.parameters),
            abs(placement.position(ofStamp: pts) - next) <= Self.seam,
            last.decoder.timeBase == file.track.timeBase
        {
            placement = SoundPlacement(
                clock: file.clock, timeBase: file.track.timeBase, origin: range.lowerBound,
                channels: Self.channels, next: next)
            self.last = nil
            return Voice(parameters: last.parameters, decoder: last.decoder, placement: placement)
        }
        try finishLast()
        let decoder = try AudioDecoder(
            file.track.parameters, timeBase: file.track.timeBase, sampleRate: FileAudioEncoder.sampleRate,
            channels: Self.channels)
        return Voice(parameters: file.track.parameters, decoder: decoder, placement: placement)
    }

    /// Takes what is left in the decoder of a file with which nothing goes on.
    private func finishLast() throws {
        guard var voice = last else { return }
        last = nil
        for sound in try voice.decoder.finish() { keep(sound, &voice) }
    }

    private func keep(_ sound: DecodedSound, _ voice: inout Voice) {
        guard let placed = voice.placement.place(sound.samples, pts: sound.pts) else { return }
        pending.append(placed)
        end = max(end, placed.position + placed.samples.count / Self.channels)
    }

    private func openNext() throws -> Bool {
        let begin = range.lowerBound - Self.preroll
        while nextFile < files.count {
            let file = files[nextFile]
            nextFile += 1
            if file.isSeekable, file.end <= begin { continue }
            do {
                let demuxer = try file.open(from: begin)
                guard let (track, clock) = file.track(.audio, of: demuxer) else { continue }
                open = Open(path: file.path, demuxer: demuxer, track: track, clock: clock)
                return true
            } catch { SkippedMedia.note(file.path, "its sound", error) }
        }
        try finishLast()
        end = .max
        return false
    }
}

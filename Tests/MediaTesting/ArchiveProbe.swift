import Codec
import Container
import Measure
public import Media

/// What a recording of a test pattern and its tone holds, found by decoding all of it.
///
///     let probe = try ArchiveProbe(path: folder + "/p1-camera-1.mp4")
///     #expect(probe.holes.isEmpty && probe.unreadable == 0)
///     #expect(probe.offsets.allSatisfy { abs($0) <= 0.040 })
///
/// All times are presentation times of the file, in seconds: the first sample of a file need not be at 0.
public struct ArchiveProbe: Sendable {
    /// One picture of the pattern, in order of presentation.
    public struct Picture: Sendable, Hashable {
        /// Index of the picture in its source, from 0.
        public let index: UInt32
        /// Milliseconds of the Unix epoch modulo 2³² at its capture.
        public let timeCode: UInt32
        /// Presentation time in seconds.
        public let seconds: Double
        /// Whether the white square in the middle shows.
        public let isFlashing: Bool
    }

    /// The pictures that could be read.
    public private(set) var pictures: [Picture] = []
    /// Decoded pictures that are no test pattern or too damaged to be read.
    public private(set) var unreadable = 0
    /// Packets that a decoder refused, and pictures whose damage it concealed.
    public private(set) var damaged = 0
    /// Packets of all video tracks.
    public private(set) var videoPackets = 0
    /// Packets of all audio tracks.
    public private(set) var audioPackets = 0
    /// Onsets of the tone's beeps.
    public private(set) var beeps: [Double] = []
    /// Whether the first packet of every video track is a keyframe.
    public private(set) var startsWithKeyframe = true
    /// Whether decoding times increase strictly within each track.
    public private(set) var hasIncreasingTimes = true
    /// Presentation time of the first packet of each kind.
    public private(set) var firstSeconds: [MediaKind: Double] = [:]
    /// FFmpeg's names of the codecs, in the order of the file's tracks.
    public private(set) var codecs: [String] = []

    /// Reads and decodes the whole file.
    /// - Throws: where it cannot be opened or decoded at all; single damaged packets are counted in ``damaged``.
    public init(path: String) throws {
        let demuxer = try Demuxer(path: path)
        codecs = demuxer.tracks.map(\.parameters.codecName)
        var lanes: [Int: Lane] = [:]
        for track in demuxer.tracks { lanes[track.index] = try Lane(track) }
        while let (track, packet) = try demuxer.next() {
            guard let lane = lanes[track.index] else { continue }
            note(packet, track, lane)
            do { add(try lane.decode(packet)) } catch { damaged += 1 }
        }
        for lane in lanes.values { add(try lane.finish()) }
        pictures.sort { $0.seconds < $1.seconds }
        beeps.sort()
    }

    private mutating func note(_ packet: Packet, _ track: Demuxer.Track, _ lane: Lane) {
        if firstSeconds[track.kind] == nil { firstSeconds[track.kind] = track.timeBase.seconds(packet.pts) }
        if let last = lane.lastDTS {
            if packet.dts <= last { hasIncreasingTimes = false }
        } else if track.kind == .video, !packet.isKeyframe {
            startsWithKeyframe = false
        }
        lane.lastDTS = packet.dts
        if track.kind == .video { videoPackets += 1 } else { audioPackets += 1 }
    }

    private mutating func add(_ found: Lane.Found) {
        pictures += found.pictures
        unreadable += found.unreadable
        damaged += found.damaged
        beeps += found.beeps
    }

    /// Indices of pictures that are missing between the first and the last that were read.
    public var holes: [UInt32] {
        guard let first = pictures.map(\.index).min(), let last = pictures.map(\.index).max() else {
            return []
        }
        let present = Set(pictures.map(\.index))
        return (first...last).filter { !present.contains($0) }
    }

    /// Whether every picture stands once, and in the order of its index.
    public var isInOrder: Bool { zip(pictures, pictures.dropFirst()).allSatisfy { $0.index < $1.index } }

    /// Beginnings of the flashes. A picture that was captured some milliseconds into a flash tells by its time code
    /// when that began, so this is exact at every rate. A flash that the file begins in the midst of is left out.
    public var flashes: [Double] {
        zip(pictures, pictures.dropFirst()).compactMap { before, picture in
            guard picture.isFlashing, !before.isFlashing else { return nil }
            return picture.seconds - Double(picture.timeCode % 1000) / 1000
        }
    }

    /// For each flash that has a beep within half a second: seconds by which the beep is later than the flash.
    public var offsets: [Double] {
        flashes.compactMap { flash in
            beeps.map { $0 - flash }.filter { abs($0) < 0.5 }.min { abs($0) < abs($1) }
        }
    }

    /// One track's decoder.
    private final class Lane {
        struct Found {
            var pictures: [Picture] = []
            var unreadable = 0
            var damaged = 0
            var beeps: [Double] = []
        }

        private enum Decoder {
            case video(VideoDecoder)
            case audio(AudioDecoder)
        }

        private let decoder: Decoder
        private let timeBase: TimeBase
        private var detector = BeepDetector()
        var lastDTS: Int64?

        init(_ track: Demuxer.Track) throws {
            timeBase = track.timeBase
            switch track.kind {
            case .video: decoder = .video(try VideoDecoder(track.parameters, timeBase: timeBase, threads: 2))
            case .audio:
                decoder = .audio(
                    try AudioDecoder(track.parameters, timeBase: timeBase, sampleRate: 48_000, channels: 1))
            }
        }

        func decode(_ packet: Packet) throws -> Found {
            switch decoder {
            case .video(let decoder): read(try decoder.decode(packet))
            case .audio(let decoder): hear(try decoder.decode(packet))
            }
        }

        func finish() throws -> Found {
            switch decoder {
            case .video(let decoder): read(try decoder.finish())
            case .audio(let decoder): hear(try decoder.finish())
            }
        }

        private func read(_ decoded: [DecodedPicture]) -> Found {
            var found = Found()
            for picture in decoded {
                if picture.isCorrupt { found.damaged += 1 }
                guard let reading = TestPatternReader.read(picture.frame) else {
                    found.unreadable += 1
                    continue
                }
                found.pictures.append(
                    Picture(
                        index: reading.index, timeCode: reading.time, seconds: timeBase.seconds(picture.pts),
                        isFlashing: reading.isFlashing))
            }
            return found
        }

        private func hear(_ decoded: [DecodedSound]) -> Found {
            var found = Found()
            for sound in decoded {
                let time = MonotonicTime(nanoseconds: timeBase.rescale(sound.pts, to: .nanoseconds))
                let frame = AudioFrame(sampleRate: 48_000, channels: 1, time: time, samples: sound.samples)
                found.beeps += detector.feed(frame).map { Double($0.nanoseconds) / 1e9 }
            }
            return found
        }
    }
}

import LibAV
import Media

/// Which audio tracks are decoded, and into which forms each is encoded: once for all renditions that agree.
struct SoundPlan {
    private let start: Int64
    private let length: Int64?
    private let cutsStart: Bool
    private let isBitExact: Bool
    private var encodings: [(stream: Int, encoding: SoundEncoding)] = []
    /// The tracks that are decoded.
    private(set) var lanes: [SoundLane] = []

    /// - Parameters:
    ///   - start: nanoseconds from the source's origin.
    ///   - end: the same; `Int64.max` for everything.
    init(start: Int64, end: Int64, cutsStart: Bool, isBitExact: Bool) {
        self.start = start
        length = end == .max ? nil : end.saturatingSubtract(start)
        self.cutsStart = cutsStart
        self.isBitExact = isBitExact
    }

    /// The track in that form.
    mutating func encoding(_ settings: AudioSettings, of stream: InputStream) throws -> SoundEncoding {
        if let found = encodings.first(where: {
            $0.stream == stream.index && $0.encoding.settings == settings
        }) {
            return found.encoding
        }
        let encoding = try SoundEncoding(
            settings, of: stream, cutsStart: cutsStart, length: length, isBitExact: isBitExact)
        encodings.append((stream.index, encoding))
        return encoding
    }

    /// Opens a decoder for every track that is wanted.
    mutating func open(_ file: SourceFile) throws {
        for stream in file.sounds {
            let wanted = encodings.filter { $0.stream == stream.index }.map(\.encoding)
            guard !wanted.isEmpty else { continue }
            lanes.append(
                try SoundLane(file, stream, start: start, encodings: wanted, isBitExact: isBitExact))
        }
    }

    /// - Throws: ``TranscodeError/damaged(path:reason:)`` where there is sound only, and none of it could be decoded.
    func check(path: String, hasPictures: Bool) throws(TranscodeError) {
        guard !hasPictures, lanes.allSatisfy({ $0.frames == 0 }) else { return }
        throw .damaged(path: path, reason: "no sound could be decoded")
    }

    /// Samples in the rendition of that queue, and what is different from the source.
    func summary(for queue: BoundedQueue<RenditionItem>, settings: RenditionSettings, file: SourceFile) -> (
        samples: Int, notes: [String]
    ) {
        var samples = 0
        var notes: [String] = []
        var kept = 0
        for (index, encoding) in encodings where encoding.destinations.contains(where: { $0.queue === queue })
        {
            samples += encoding.samples
            kept += 1
            guard let source = file.sounds.first(where: { $0.index == index })?.parameters else { continue }
            if encoding.channels != source.channels {
                let layout = encoding.parameters.channelLayoutName
                notes.append("\(source.channelLayoutName) sound (stream \(index)) mixed to \(layout)")
            }
        }
        if settings.audio != nil, kept < file.sounds.count {
            notes.append("\(file.sounds.count - kept) further audio tracks left out: HLS holds one")
        }
        return (samples, notes)
    }

    /// What was wrong with the sound, for people.
    var notes: [String] {
        lanes.flatMap { lane -> [String] in
            var notes: [String] = []
            let name = "sound (stream \(lane.stream.index))"
            if lane.frames == 0 { notes.append("\(name): nothing could be decoded") }
            if lane.repairedTimes > 0 {
                notes.append("\(name): \(lane.repairedTimes) stretches had no usable time")
            }
            if lane.damagedPackets > 0 {
                notes.append("\(name): \(lane.damagedPackets) packets could not be decoded")
            }
            return notes
        }
    }
}

extension InputStream {
    /// Tags of the stream that are worth keeping.
    var keptTags: [String: String] { tags.filter { ["language", "title"].contains($0.key.lowercased()) } }
}

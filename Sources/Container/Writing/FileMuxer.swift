public import LibAV
public import Media

/// Writes a file by path, plain MP4 where nothing else is asked for: header, packets in the order of their decoding times, index at the end.
///
/// Confined to one thread. The file is complete only after ``finish()``.
public final class FileMuxer {
    /// One track of the file.
    public struct Track: Sendable {
        /// What a player must know of it.
        public var parameters: CodecParameters
        /// Time base of the packets that are given to ``FileMuxer/append(_:track:)``.
        public var timeBase: TimeBase
        /// Nominal pictures a second, 0 for sound.
        public var frameRate: Double
        /// Whether H.264 samples carry parameter sets of their own (`avc3`, ISO/IEC 14496-15 §5.3.3).
        public var hasParameterSetsInBand: Bool
        /// The four characters by which the format names the codec, where it has several; `nil` for its choice.
        public var tag: String?
        /// Tags for people by FFmpeg's names, for instance `language`.
        public var tags: [String: String]
        /// Whether players choose it by themselves.
        public var isDefault: Bool
        /// HDR10's metadata, which go into the header.
        public var highDynamicRange: HighDynamicRange

        /// A track from its parts.
        public init(
            parameters: CodecParameters, timeBase: TimeBase, frameRate: Double = 0,
            hasParameterSetsInBand: Bool = false, tag: String? = nil, tags: [String: String] = [:],
            isDefault: Bool = false, highDynamicRange: HighDynamicRange = HighDynamicRange()
        ) {
            self.parameters = parameters
            self.timeBase = timeBase
            self.frameRate = frameRate
            self.hasParameterSetsInBand = hasParameterSetsInBand
            self.tag = tag
            self.tags = tags
            self.isDefault = isDefault
            self.highDynamicRange = highDynamicRange
        }
    }

    /// A named stretch of the file, microseconds.
    public struct Chapter: Sendable, Hashable {
        /// What players show.
        public var title: String
        /// Where it begins.
        public var start: Int64
        /// Where the next begins.
        public var end: Int64

        /// A chapter from its parts.
        public init(title: String, start: Int64, end: Int64) {
            self.title = title
            self.start = start
            self.end = end
        }
    }

    private let output: FileOutput
    private let timeBases: [(input: TimeBase, output: TimeBase)]

    /// Creates or empties the file and writes its header.
    ///
    /// - Parameter movesIndexToFront: rewrites the file at its end so that a browser can begin before it has all of it.
    /// - Throws: ``ContainerError/library(_:)``.
    public convenience init(
        path: String, tracks: [Track], chapters: [Chapter] = [], tags: [String: String] = [:],
        movesIndexToFront: Bool = false
    ) throws(ContainerError) {
        try self.init(
            path: path, format: "mp4", options: movesIndexToFront ? ["movflags": "+faststart"] : [:],
            tracks: tracks, chapters: chapters, tags: tags)
    }

    /// Creates or empties a file of any format and writes its header.
    ///
    /// - Parameters:
    ///   - format: FFmpeg's name of it, for instance `matroska`.
    ///   - options: the muxer's private options; one that it does not know is an error.
    ///   - isBitExact: keeps versions, random numbers and the time of day out of the file.
    /// - Throws: ``ContainerError/library(_:)``.
    public init(
        path: String, format: String, options: [String: String], tracks: [Track], chapters: [Chapter] = [],
        tags: [String: String] = [:], isBitExact: Bool = false
    ) throws(ContainerError) {
        do {
            output = try FileOutput(path: path, format: format)
            if isBitExact { output.setBitExact() }
            for (key, value) in tags.sorted(by: { $0.key < $1.key }) { try output.setTag(key, value) }
            for track in tracks {
                let index = try output.addStream(
                    track.parameters, timeBase: track.timeBase, frameRate: track.frameRate,
                    tag: track.tag ?? (track.hasParameterSetsInBand ? "avc3" : nil))
                for (key, value) in track.tags.sorted(by: { $0.key < $1.key }) {
                    try output.setTag(key, value, ofStream: index)
                }
                try output.setHighDynamicRange(track.highDynamicRange, ofStream: index)
                if track.isDefault { output.setDefault(stream: index) }
            }
            for chapter in chapters {
                try output.addChapter(title: chapter.title, start: chapter.start, end: chapter.end)
            }
            try output.writeHeader(options: options)
        } catch { throw .library(error) }
        var bases: [(TimeBase, TimeBase)] = []
        for (index, track) in tracks.enumerated() {
            bases.append((track.timeBase, output.timeBase(ofStream: index) ?? track.timeBase))
        }
        timeBases = bases
    }

    /// Adds a packet.
    ///
    /// - Parameters:
    ///   - packet: time stamps in the time base of its track. Time stamps below 0 are decoded, not shown. H.264 is
    ///     Annex B or has lengths, as the track's extradata.
    ///   - track: its index in the tracks of the initialiser.
    /// - Throws: ``ContainerError/library(_:)``, for instance where the disk is full.
    public func append(_ packet: Packet, track: Int) throws(ContainerError) {
        let base = timeBases[track]
        try ContainerError.wrapping { () throws(AVError) in
            let owned = try OwnedPacket(
                copying: packet.payload, pts: base.input.rescale(packet.pts, to: base.output),
                dts: base.input.rescale(packet.dts, to: base.output),
                duration: base.input.rescale(packet.duration, to: base.output), isKeyframe: packet.isKeyframe)
            owned.streamIndex = track
            try output.write(owned)
        }
    }

    /// Adds a packet in whatever order the tracks' packets come; it is written once those before it are there.
    ///
    /// - Parameters:
    ///   - packet: time stamps in the time base of its track. Its contents are taken; it is empty then.
    ///   - track: its index in the tracks of the initialiser.
    /// - Throws: ``ContainerError/library(_:)``, for instance where the disk is full.
    public func interleave(_ packet: borrowing OwnedPacket, track: Int) throws(ContainerError) {
        let base = timeBases[track]
        packet.rescale(from: base.input, to: base.output)
        packet.streamIndex = track
        do { try output.writeInterleaved(packet) } catch { throw .library(error) }
    }

    /// Writes the index and closes the file. Nothing may follow.
    /// - Throws: ``ContainerError/library(_:)``, also where something that was written before did not reach the disk.
    public func finish() throws(ContainerError) {
        try ContainerError.wrapping { () throws(AVError) in try output.finish() }
    }
}

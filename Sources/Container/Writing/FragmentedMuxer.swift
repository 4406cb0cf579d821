import LibAV
public import Media

/// One track of a file that is written.
public struct MuxedTrack: Sendable {
    /// What it carries. Time stamps of its samples are in `description.timeBase`.
    public var description: TrackDescription
    /// The AVCDecoderConfigurationRecord for H.264, the OpusHead for Opus, the AudioSpecificConfig for AAC.
    public var configuration: [UInt8]

    /// A track from its parts.
    public init(description: TrackDescription, configuration: [UInt8]) {
        self.description = description
        self.configuration = configuration
    }
}

/// Writes fragmented MP4 (ISO/IEC 14496-12 §8.8): a header by libavformat, then fragments whose ends the caller sets.
///
/// Behind `ftyp` it leaves 16 bytes of `free`, in which the finaliser later puts the header of one `mdat`:
///
///     ftyp | free (16) | moov without samples | moof mdat | moof mdat | …
///
/// Confined to one thread. It writes to no file: the caller gets the bytes. A sample is copied once, into the memory of
/// its fragment; libavformat, which knows how codecs are described, would copy it four times.
public final class FragmentedMuxer {
    private struct Track {
        let input: TimeBase
        let output: TimeBase
        let fragment: FragmentTrack
    }

    private let tracks: [Track]
    private var sequenceNumber: UInt32 = 0
    /// `moof`, and the header of `mdat`.
    private var index: [UInt8] = []
    /// The first bytes of the file: `ftyp`, `free` and a `moov` that names the tracks.
    public let header: [UInt8]

    /// Starts a file.
    /// - Throws: where libavformat refuses a track, for instance for a damaged configuration.
    public init(tracks: [MuxedTrack], tags: [String: String]) throws(ContainerError) {
        let output = try ContainerError.wrapping { () throws(AVError) in try Self.start(tracks, tags) }
        header = Self.reservingSpace(in: output.header)
        var timed: [Track] = []
        for (index, track) in tracks.enumerated() {
            let base = track.description.timeBase
            // libavformat numbers the tracks from 1 on.
            timed.append(
                Track(
                    input: base, output: output.timeBase(ofStream: index) ?? base,
                    fragment: FragmentTrack(id: UInt32(index + 1))))
        }
        self.tracks = timed
    }

    /// A file whose header is written.
    private static func start(
        _ tracks: [MuxedTrack], _ tags: [String: String]
    ) throws(AVError) -> OutputFormat {
        let output = try OutputFormat(format: "mp4")
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) { try output.setTag(key, value) }
        for track in tracks {
            let parameters = try CodecParameters(track.description, configuration: track.configuration)
            _ = try output.addStream(
                parameters, timeBase: track.description.timeBase,
                frameRate: track.description.video?.frameRate ?? 0)
        }
        try output.writeHeader(options: [
            "movflags": "frag_custom+empty_moov+default_base_moof", "use_editlist": "0",
            "avoid_negative_ts": "disabled",
        ])
        return output
    }

    /// Puts 16 bytes of `free` behind `ftyp`.
    private static func reservingSpace(in header: [UInt8]) -> [UInt8] {
        guard let type = Box.headers(in: header).first, type.kind == .ftyp else { return header }
        let free: [UInt8] = [0, 0, 0, 16] + Array("free".utf8) + [UInt8](repeating: 0, count: 8)
        return Array(header[..<type.range.upperBound]) + free + header[type.range.upperBound...]
    }

    /// Ticks of a track's time base that a sample may last, and be shown behind its decoding.
    public func longestDuration(ofTrack track: Int) -> Int64 {
        let (input, output) = (tracks[track].input, tracks[track].output)
        // One less on both sides: what is rounded may be longer.
        let ticks = output.rescale(FragmentTrack.longest - 1, to: input)
        return input.rescale(ticks, to: output) < FragmentTrack.longest ? ticks : ticks - 1
    }

    /// Adds a sample to the fragment that is open.
    ///
    /// - Parameters:
    ///   - track: its index in the tracks of the initialiser.
    ///   - dts: strictly increasing within the track, 0 or more. `pts` is not before it.
    ///   - duration: until the next sample of the track.
    ///   - capacity: bytes that the sample has at most.
    ///   - sample: writes an MP4 sample (units with four-byte lengths for H.264, else the packet) and returns its size.
    /// - Returns: the size of the sample. One of 0 bytes is none: that before it lasts longer.
    /// - Throws: ``ContainerError/sample(reason:)``; the sample is left out then.
    @discardableResult
    public func append(
        track: Int, pts: Int64, dts: Int64, duration: Int64, isKeyframe: Bool, capacity: Int,
        sample: (UnsafeMutableRawBufferPointer) -> Int
    ) throws(ContainerError) -> Int {
        let (input, output) = (tracks[track].input, tracks[track].output)
        let time = input.rescale(dts, to: output)
        return try tracks[track].fragment.append(
            pts: input.rescale(pts, to: output), dts: time,
            duration: input.rescale(dts &+ duration, to: output) &- time, isKeyframe: isKeyframe,
            capacity: capacity, sample: sample)
    }

    /// Adds a sample whose bytes are there already.
    @discardableResult
    public func append(
        track: Int, payload: any PayloadStorage, pts: Int64, dts: Int64, duration: Int64, isKeyframe: Bool
    ) throws(ContainerError) -> Int {
        try append(
            track: track, pts: pts, dts: dts, duration: duration, isKeyframe: isKeyframe,
            capacity: payload.count
        ) { memory in
            payload.withUnsafeBytes { memory.copyMemory(from: $0) }
            return payload.count
        }
    }

    /// Ends the fragment that is open, and hands its bytes to `write`: `moof` and `mdat`, in parts that follow one another and
    /// are valid until it returns. The fragment is forgotten, whatever `write` does. Does nothing where no sample was added
    /// since the last call.
    public func cutFragment(
        _ write: ([UnsafeRawBufferPointer]) throws(ContainerError) -> Void
    ) throws(ContainerError) {
        let filled = tracks.map(\.fragment).filter { !$0.isEmpty }
        guard !filled.isEmpty else { return }
        defer { for track in filled { track.removeAll() } }
        let size = filled.reduce(0) { $0 + $1.count }
        guard let length = UInt32(exactly: size + 8), size < Int(Int32.max) - (1 << 24) else {
            throw .sample(reason: "\(size) bytes are too many for a fragment")
        }
        writeIndex(of: filled, mediaLength: length)
        try index.withUnsafeBufferPointer { index throws(ContainerError) in
            try write([UnsafeRawBufferPointer(index)] + filled.map(\.bytes))
        }
    }

    private func writeIndex(of filled: [FragmentTrack], mediaLength: UInt32) {
        index.removeAll(keepingCapacity: true)
        sequenceNumber &+= 1
        var positions: [Int] = []
        index.appendBox(.moof) { index in
            index.appendBox(.mfhd) { index in
                index.append32(0)
                index.append32(sequenceNumber)
            }
            for track in filled { positions.append(track.writeIndex(into: &index)) }
        }
        index.append32(mediaLength)
        index.append32(BoxKind.mdat.rawValue)
        var offset = index.count
        for (track, position) in zip(filled, positions) {
            index.store32(UInt32(offset), at: position)
            offset += track.count
        }
    }
}

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

/// Writes fragmented MP4 (ISO/IEC 14496-12 §8.8) by libavformat: a header, then fragments whose ends the caller sets.
///
/// Behind `ftyp` it leaves 16 bytes of `free`, in which the finaliser later puts the header of one `mdat`:
///
///     ftyp | free (16) | moov without samples | moof mdat | moof mdat | …
///
/// Confined to one thread. It writes to no file: the caller gets the bytes.
public final class FragmentedMuxer {
    private let output: OutputFormat
    /// For every sample in turn: the muxer copies it.
    private let packet: OwnedPacket
    private let timeBases: [(input: TimeBase, output: TimeBase)]
    private var hasSamples = false
    /// The first bytes of the file: `ftyp`, `free` and a `moov` that names the tracks.
    public let header: [UInt8]

    /// Starts a file.
    /// - Throws: where libavformat refuses a track, for instance for a damaged configuration.
    public init(tracks: [MuxedTrack], tags: [String: String]) throws(ContainerError) {
        do {
            output = try OutputFormat(format: "mp4")
            packet = try OwnedPacket()
            for (key, value) in tags.sorted(by: { $0.key < $1.key }) { try output.setTag(key, value) }
            for track in tracks {
                let parameters = try CodecParameters(track.description, configuration: track.configuration)
                _ = try output.addStream(
                    parameters, timeBase: track.description.timeBase,
                    frameRate: track.description.video?.frameRate ?? 0)
            }
            // Absolute times in every fragment: frag_discont makes the muxer keep the first time stamp of a track
            // as it is, where it would otherwise move it to 0 and lose the distance to the other tracks.
            try output.writeHeader(options: [
                "movflags": "frag_custom+empty_moov+default_base_moof+frag_discont", "use_editlist": "0",
                "avoid_negative_ts": "disabled",
            ])
        } catch { throw .library(error) }
        var bases: [(TimeBase, TimeBase)] = []
        for (index, track) in tracks.enumerated() {
            let base = track.description.timeBase
            bases.append((base, output.timeBase(ofStream: index) ?? base))
        }
        timeBases = bases
        header = output.withOutput { Self.reservingSpace(in: $0) }
    }

    /// Puts 16 bytes of `free` behind `ftyp`.
    private static func reservingSpace(in header: [UInt8]) -> [UInt8] {
        guard let type = Box.headers(in: header).first, type.kind == .ftyp else { return header }
        let free: [UInt8] = [0, 0, 0, 16] + Array("free".utf8) + [UInt8](repeating: 0, count: 8)
        return Array(header[..<type.range.upperBound]) + free + header[type.range.upperBound...]
    }

    /// Adds a sample to the fragment that is open.
    ///
    /// - Parameters:
    ///   - track: its index in the tracks of the initialiser.
    ///   - dts: strictly increasing within the track, 0 or more. `pts` is not before it.
    ///   - duration: until the next sample of the track.
    ///   - capacity: bytes that the sample has at most.
    ///   - sample: writes an MP4 sample (units with four-byte lengths for H.264, else the packet) and returns its size.
    /// - Returns: the size of the sample.
    @discardableResult
    public func append(
        track: Int, pts: Int64, dts: Int64, duration: Int64, isKeyframe: Bool, capacity: Int,
        sample: (UnsafeMutableRawBufferPointer) -> Int
    ) throws(ContainerError) -> Int {
        try ContainerError.wrapping { () throws(AVError) in
            try packet.refill(capacity: capacity, sample)
            try write(track: track, pts: pts, dts: dts, duration: duration, isKeyframe: isKeyframe)
        }
        return packet.count
    }

    /// Adds a sample whose bytes are there already.
    public func append(
        track: Int, payload: any PayloadStorage, pts: Int64, dts: Int64, duration: Int64, isKeyframe: Bool
    ) throws(ContainerError) {
        try ContainerError.wrapping { () throws(AVError) in
            try packet.refill(with: payload)
            try write(track: track, pts: pts, dts: dts, duration: duration, isKeyframe: isKeyframe)
        }
    }

    /// Writes what ``packet`` holds; times are in the track's time base.
    private func write(
        track: Int, pts: Int64, dts: Int64, duration: Int64, isKeyframe: Bool
    ) throws(AVError) {
        let base = timeBases[track]
        let time = base.input.rescale(dts, to: base.output)
        (packet.pts, packet.dts) = (base.input.rescale(pts, to: base.output), time)
        packet.duration = base.input.rescale(dts &+ duration, to: base.output) &- time
        packet.isKeyframe = isKeyframe
        packet.streamIndex = track
        try output.write(packet)
        hasSamples = true
    }

    /// Ends the fragment that is open, and hands its bytes to `write`: `moof` and `mdat`. Does nothing where no sample was
    /// added since the last call.
    public func cutFragment(_ write: ([UInt8]) throws(ContainerError) -> Void) throws(ContainerError) {
        guard hasSamples else { return }
        hasSamples = false
        try ContainerError.wrapping { () throws(AVError) in try output.flush() }
        try output.withOutput(write)
    }
}

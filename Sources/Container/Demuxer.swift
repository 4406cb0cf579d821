import LibAV
public import Media

/// Reads the packets of a media file, of any format that libavformat opens.
///
/// Confined to one thread.
public final class Demuxer {
    private let input: InputFormat
    private let packet: OwnedPacket
    private var counts: [Int: Int64] = [:]
    /// Where each track goes on, in its time base.
    private var expected: [Int: Int64] = [:]
    private var continuity: TimeContinuity?
    private let streams: [InputStream]
    /// Called with each place at which time stamps jump.
    package var onJoint: (TimeContinuity.Joint) -> Void = { _ in }
    /// The video and audio tracks, in the order of the file. Attached pictures and other data are left out.
    public let tracks: [Track]

    /// Opens a file; `-` is standard input.
    /// - Parameter joinsJumps: whether time stamps go on where those of the file jump, if its format allows jumps
    ///   (``TimeContinuity``).
    /// - Throws: ``ContainerError/library(_:)``.
    public convenience init(path: String, joinsJumps: Bool = false) throws(ContainerError) {
        try self.init(path: path, joinsJumps: joinsJumps, format: nil)
    }

    private init(path: String, joinsJumps: Bool, format: String?) throws(ContainerError) {
        do {
            input = try InputFormat(file: path, format: format)
            packet = try OwnedPacket()
        } catch { throw .library(error) }
        let hasTimeStamps = !input.hasNoTimeStamps && input.startInNanoseconds != nil
        streams = input.streams
        tracks = streams.compactMap { Track($0, hasTimeStamps: hasTimeStamps) }
        continuity = joinsJumps && input.hasDiscontinuousTime ? TimeContinuity() : nil
    }

    /// Whether time stamps that jump are joined.
    public var joinsJumps: Bool { continuity != nil }

    /// Which files of a playlist could not be opened so far, for people; `nil` if none.
    public var missingFilesText: String? { input.missingFilesText }

    /// Leaves out the packets of all tracks but this one.
    public func keepOnly(_ track: Track) {
        for other in streams where other.index != track.index { input.discard(stream: other.index) }
    }

    /// Opens a recording of an archive, which may come from elsewhere: no links are followed, and it is read as MP4, whatever it
    /// looks like (a playlist could name files and addresses anywhere).
    /// - Throws: ``ContainerError``.
    public convenience init(recording path: String) throws(ContainerError) {
        let file = try RecordingFile(path, .read, levels: RecordingFile.archiveLevels)
        do { try self.init(path: "/proc/self/fd/\(file.descriptor)", joinsJumps: false, format: "mov") } catch {
            throw error.renamed(path)
        }
    }

    /// Duration of the whole in nanoseconds, where it is known.
    public var durationInNanoseconds: Int64? { input.durationInNanoseconds }

    /// FFmpeg's names of the format.
    public var formatName: String { input.formatName }

    /// The next packet of one of ``tracks``, as it stands in the file.
    ///
    /// Time stamps that the file lacks, or that cannot be, are those at which the packet before ends.
    /// - Returns: `nil` at the end.
    public func next() throws(ContainerError) -> (track: Track, packet: Packet)? {
        do {
            while try input.read(into: packet) {
                guard let track = tracks.first(where: { $0.index == packet.streamIndex }), packet.count > 0
                else {
                    continue
                }
                if !track.hasTimeStamps { count(track) }
                if let stream = streams.first(where: { $0.index == track.index }),
                    let joint = continuity?.adjust(packet, of: stream)
                {
                    onJoint(joint)
                }
                let dts = packet.dts ?? packet.pts ?? expected[track.index] ?? 0
                expected[track.index] = dts.saturatingAdd(packet.duration)
                return (
                    track,
                    Packet(
                        pts: packet.pts ?? dts, dts: dts, duration: packet.duration,
                        flags: packet.isKeyframe ? .keyframe : [], payload: try packet.sharedPayload())
                )
            }
            return nil
        } catch { throw .library(error) }
    }

    /// Gives the packet the time that its place in the file means.
    private func count(_ track: Track) {
        let position = counts[track.index, default: 0]
        counts[track.index] = position + 1
        packet.dts = position.saturatingMultiply(by: track.nominalDuration)
        packet.pts = packet.dts
        packet.duration = track.nominalDuration
    }

    /// Goes to the last keyframe at or before `time` nanoseconds.
    public func seek(toNanoseconds time: Int64) throws(ContainerError) {
        do { try input.seek(toNanoseconds: time) } catch { throw .library(error) }
    }
}

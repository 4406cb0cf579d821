import Codec
import Container
import LibAV
import Media

/// The pictures from a cut to the first keyframe behind it, encoded anew.
struct ClipHead {
    /// In decoding order, samples of MP4 with parameter sets of their own, time stamps of the recording. None where
    /// the cut is at a keyframe.
    private(set) var packets: [Packet] = []
    /// Decoding time of the keyframe from which on packets are copied, in the video track's time base; `nil` where there
    /// is none.
    private(set) var firstCopied: Int64?
    private var trackIndex: Int?
    private var configuration: AVCConfiguration?

    /// Reads from the keyframe before the range to the first one in it, or to the end of the range where there is none.
    /// - Parameter range: microseconds of the file.
    init(file: RecordedFile, range: Range<Int64>, quality: Double) throws {
        let demuxer = try file.open(from: file.start + range.lowerBound)
        guard let track = demuxer.tracks.first(where: { $0.kind == .video && $0.parameters.codec == .h264 })
        else {
            return
        }
        trackIndex = track.index
        configuration = AVCConfiguration(record: track.parameters.extradata)
        let cutTime = TimeBase.microseconds.rescale(range.lowerBound, to: track.timeBase)
        let endTime = TimeBase.microseconds.rescale(range.upperBound, to: track.timeBase)
        func isWanted(_ picture: DecodedPicture) -> Bool { picture.pts >= cutTime && picture.pts < endTime }
        let decoder = try VideoDecoder(
            track.parameters, timeBase: track.timeBase, threads: 2,
            isLowDelay: track.parameters.reorderDepth == 0)
        var pictures: [DecodedPicture] = []
        var delay: Int64 = 0
        while let (found, packet) = try demuxer.next() {
            guard found.index == track.index else { continue }
            if packet.dts >= endTime { break }
            if packet.isKeyframe, packet.pts >= cutTime {
                firstCopied = packet.dts
                delay = packet.pts - packet.dts
                break
            }
            do { pictures += try decoder.decode(packet).filter(isWanted) } catch {
                guard error.isDamage else { throw error }
            }
        }
        pictures += try decoder.finish().filter(isWanted)
        guard let first = pictures.first?.frame else { return }
        try encode(pictures, first, track, quality, end: firstCopied.map { $0 + delay })
        // Where the recording is decoded ahead of its presentation, so is what comes before it.
        for index in packets.indices { packets[index].dts -= delay }
    }

    private mutating func encode(
        _ pictures: [DecodedPicture], _ first: VideoFrame, _ track: Demuxer.Track, _ quality: Double,
        end: Int64?
    ) throws {
        let encoder = try FileVideoEncoder(
            FileVideoEncoding(
                width: first.width, height: first.height, range: first.range,
                frameRate: track.frameRate > 0 ? track.frameRate : 30, timeBase: track.timeBase,
                rate: .quality(quality), keyframeInterval: pictures.count + 1, preset: "medium",
                profile: Self.profile(configuration), usesBFrames: false, hasParameterSetsInBand: true))
        let scaler = Scaler()
        for picture in pictures {
            let frame = try scaler.scale(
                picture.frame, to: .yuv420p, width: first.width, height: first.height, range: first.range)
            packets += try encoder.encode(frame, pts: picture.pts)
        }
        packets += try encoder.finish()
        for index in packets.indices {
            packets[index].payload = Self.sample(packets[index].payload)
            let next = index + 1 < packets.count ? packets[index + 1].pts : end
            if let next { packets[index].duration = max(1, next - packets[index].pts) }
        }
    }

    /// Index of the video track among `tracks`, where there is one.
    func videoIndex(in tracks: [Demuxer.Track]) -> Int? { tracks.firstIndex { $0.index == trackIndex } }

    /// A copied packet behind pictures that were encoded anew: the parameter sets of these no longer hold from each IDR
    /// on, so that it brings its own.
    func withParameterSets(_ packet: Packet) -> Packet {
        guard let configuration, packet.isKeyframe else { return packet }
        var packet = packet
        packet.payload = packet.payload.withUnsafeBytes { bytes -> [UInt8] in
            var sample: [UInt8] = []
            for set in configuration.sequenceParameterSets + configuration.pictureParameterSets {
                for shift in stride(from: (configuration.lengthSize - 1) * 8, through: 0, by: -8) {
                    sample.append(UInt8(truncatingIfNeeded: set.count >> shift))
                }
                sample += set
            }
            return sample + bytes
        }
        return packet
    }

    /// Annex B as an MP4 sample with four-byte lengths, parameter sets included.
    private static func sample(_ payload: any PayloadStorage) -> [UInt8] {
        payload.withUnsafeBytes { bytes in
            var sample: [UInt8] = []
            for unit in NALUnit.unitsOfAnnexB(bytes) {
                withUnsafeBytes(of: UInt32(unit.range.count).bigEndian) { sample.append(contentsOf: $0) }
                sample += bytes[unit.range]
            }
            return sample
        }
    }

    /// x264's name of a profile that every decoder of the recording has.
    private static func profile(_ configuration: AVCConfiguration?) -> String? {
        switch configuration?.sequenceParameterSets.first?.dropFirst().first {
        case 66: "baseline"
        case 77: "main"
        default: "high"
        }
    }
}

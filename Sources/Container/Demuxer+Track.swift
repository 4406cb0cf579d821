public import LibAV
public import Media

extension Demuxer {
    /// One track of a file.
    public struct Track: Sendable {
        /// Its index, as packets name it.
        public let index: Int
        /// Video or audio.
        public let kind: MediaKind
        /// What a decoder must know of it.
        public let parameters: CodecParameters
        /// Time base of its packets.
        public let timeBase: TimeBase
        /// Nominal pictures a second, 0 where unknown.
        public let frameRate: Double
        /// Whether the file has time stamps. Raw streams have none: ``Demuxer/next()`` counts packets then, in the order of
        /// decoding.
        public let hasTimeStamps: Bool
        /// Nominal distance of pictures in the time base, 1 or more.
        public let nominalDuration: Int64
        /// How players turn and mirror the pictures.
        public let orientation: Orientation
        /// Width to height of a pixel, 1 to 1 where it is not said.
        public let sampleAspectRatio: (width: Int, height: Int)
        /// The track as it can be sent and recorded without encoding it anew, or `nil` where it cannot.
        public let passThrough: TrackDescription?
        /// The parameter sets outside of the stream, for H.264 in MP4 or Matroska.
        let configuration: AVCConfiguration?

        /// The track behind a stream of a file; `nil` where it is neither video nor audio, or an attached picture.
        init?(_ stream: InputStream, hasTimeStamps: Bool) {
            guard let kind = stream.parameters.kind, !stream.isAttachedPicture else { return nil }
            self.kind = kind
            index = stream.index
            parameters = stream.parameters
            timeBase = stream.timeBase
            frameRate = stream.frameRate
            orientation = stream.orientation
            sampleAspectRatio = stream.sampleAspectRatio
            configuration = AVCConfiguration(record: stream.parameters.extradata)
            self.hasTimeStamps = hasTimeStamps
            nominalDuration = max(
                1, TimeBase.nanoseconds.rescale(Int64(1e9 / stream.nominalFrameRate), to: stream.timeBase))
            // Two fields may be two packets of one picture, which counting would not know.
            let order = stream.parameters.fieldOrder
            let canBeCounted = order == nil || order == "progressive"
            passThrough =
                hasTimeStamps || canBeCounted
                ? Self.passThrough(stream, hasRecord: configuration != nil) : nil
        }

        /// Only what a live decoder takes as it is: H.264 without reordering and with parameter sets to send, Opus, and
        /// AAC with its configuration.
        private static func passThrough(_ stream: InputStream, hasRecord: Bool) -> TrackDescription? {
            let parameters = stream.parameters
            guard let codec = parameters.codec else { return nil }
            switch codec {
            case .h264:
                let startsAsAnnexB = parameters.extradata.starts(with: [0, 0])
                guard hasRecord || startsAsAnnexB, parameters.reorderDepth == 0, parameters.width > 0 else {
                    return nil
                }
                return TrackDescription(
                    codec: codec, timeBase: stream.timeBase,
                    format: .video(
                        .init(width: parameters.width, height: parameters.height, frameRate: stream.frameRate)
                    ),
                    source: "file")
            case .opus, .aac:
                guard parameters.sampleRate > 0, parameters.channels > 0,
                    codec == .opus || !parameters.extradata.isEmpty
                else { return nil }
                return TrackDescription(
                    codec: codec, timeBase: stream.timeBase,
                    format: .audio(.init(sampleRate: parameters.sampleRate, channels: parameters.channels)),
                    source: "file", codecConfiguration: parameters.extradata)
            }
        }

        /// A packet of a ``passThrough`` track in the form in which it is sent: H.264 becomes Annex B with
        /// parameter sets at each IDR, sound stays as it is.
        ///
        /// - Returns: `nil` where the packet holds no picture or is damaged.
        public func transportForm(of packet: Packet) -> Packet? {
            guard parameters.codec == .h264 else {
                var result = packet
                result.flags = .keyframe
                return result
            }
            return packet.payload.withUnsafeBytes { bytes -> Packet? in
                let units: [NALUnit]?
                if let configuration {
                    units = NALUnit.unitsWithLengths(bytes, lengthSize: configuration.lengthSize)
                } else {
                    units = NALUnit.unitsOfAnnexB(bytes)
                }
                guard let units else { return nil }
                let unit = AccessUnit(units: units, bytes: bytes)
                guard unit.hasPicture else { return nil }
                guard let configuration = configuration ?? Self.inBand(parameters.extradata) else {
                    return nil
                }
                var result = packet
                result.flags = unit.isIDR ? .keyframe : unit.isDroppable ? .droppable : []
                result.payload = unit.annexB(from: bytes, adding: configuration)
                return result
            }
        }

        private static func inBand(_ extradata: [UInt8]) -> AVCConfiguration? {
            extradata.withUnsafeBytes { AccessUnit(annexB: $0).configuration }
        }
    }
}

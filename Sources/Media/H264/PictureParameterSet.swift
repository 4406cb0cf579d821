/// What Convene needs of a picture parameter set (Rec. ITU-T H.264 §7.3.2.2).
public struct PictureParameterSet: Sendable, Hashable {
    /// `pic_parameter_set_id`, 0…255.
    public let id: Int
    /// `seq_parameter_set_id` of the sequence parameter set that it refers to, 0…31.
    public let sequenceID: Int

    /// Reads a unit without start code, header byte included; `nil` where it is damaged or not a PPS.
    public init?(_ unit: [UInt8]) {
        guard let header = unit.first, header & 31 == NALUnit.Kind.pictureParameterSet.rawValue else {
            return nil
        }
        // Both numbers are at the very beginning.
        var reader = BitReader(NALUnit.unescaped(unit.prefix(16)), skipping: 1)
        guard let id = reader.unsigned(), id <= 255, let sequenceID = reader.unsigned(), sequenceID <= 31
        else { return nil }
        self.id = Int(id)
        self.sequenceID = Int(sequenceID)
    }
}

extension AVCConfiguration {
    /// Pixels to a side that no level of H.264 goes beyond.
    private static let longestSide = 16_384

    /// Only those of its sets that can be read, and that belong together; `nil` where a decoder could not begin with them.
    public var readable: AVCConfiguration? {
        var known: Set<Int> = []
        let sequence = sequenceParameterSets.filter { set in
            guard let parsed = SequenceParameterSet(set), (1...Self.longestSide).contains(parsed.width),
                (1...Self.longestSide).contains(parsed.height)
            else { return false }
            known.insert(parsed.id)
            return true
        }
        let picture = pictureParameterSets.filter { set in
            PictureParameterSet(set).map { known.contains($0.sequenceID) } ?? false
        }
        if sequence.count == sequenceParameterSets.count, picture.count == pictureParameterSets.count {
            return self
        }
        return AVCConfiguration(
            sequenceParameterSets: sequence, pictureParameterSets: picture, lengthSize: lengthSize)
    }
}

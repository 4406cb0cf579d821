/// The parameter sets of an H.264 track, as MP4 keeps them: the AVCDecoderConfigurationRecord
/// (ISO/IEC 14496-15 §5.3.3.1).
///
///     01 | profile | compatibility | level | 111111 lengthSize-1 | 111 count | (u16 length | SPS)… | u8 count | (u16 length | PPS)…
public struct AVCConfiguration: Sendable, Hashable {
    /// Sequence parameter sets without start codes, header byte included. At least one.
    public let sequenceParameterSets: [[UInt8]]
    /// Picture parameter sets without start codes, header byte included. At least one.
    public let pictureParameterSets: [[UInt8]]
    /// Bytes of the length field before each unit in a sample: 1, 2 or 4. Ours is always 4.
    public let lengthSize: Int

    /// A configuration of these sets, or `nil` where there is none of either kind, more than the record can count,
    /// or one that is too short or too long.
    public init?(sequenceParameterSets: [[UInt8]], pictureParameterSets: [[UInt8]], lengthSize: Int = 4) {
        guard (1...31).contains(sequenceParameterSets.count), (1...255).contains(pictureParameterSets.count),
            sequenceParameterSets.allSatisfy({ (4...65535).contains($0.count) }),
            pictureParameterSets.allSatisfy({ (2...65535).contains($0.count) }),
            [1, 2, 4].contains(lengthSize)
        else { return nil }
        self.sequenceParameterSets = sequenceParameterSets
        self.pictureParameterSets = pictureParameterSets
        self.lengthSize = lengthSize
    }

    /// Reads a record, for instance the extradata of an MP4 or Matroska track; `nil` where it is damaged.
    public init?(record: [UInt8]) {
        guard record.count >= 7, record[0] == 1 else { return nil }
        var index = 5
        func sets(_ count: Int) -> [[UInt8]]? {
            var sets: [[UInt8]] = []
            for _ in 0..<count {
                guard record.count - index >= 2 else { return nil }
                let length = Int(record[index]) << 8 | Int(record[index + 1])
                guard record.count - index - 2 >= length else { return nil }
                sets.append(Array(record[(index + 2)..<(index + 2 + length)]))
                index += 2 + length
            }
            return sets
        }
        let sequenceCount = Int(record[index] & 31)
        index += 1
        guard let sequence = sets(sequenceCount), index < record.count else { return nil }
        let pictureCount = Int(record[index])
        index += 1
        guard let picture = sets(pictureCount) else { return nil }
        self.init(
            sequenceParameterSets: sequence, pictureParameterSets: picture, lengthSize: Int(record[4] & 3) + 1
        )
    }

    /// The record's bytes.
    public var record: [UInt8] {
        let first = sequenceParameterSets[0]
        var bytes: [UInt8] = [1, first[1], first[2], first[3], 0xFC | UInt8(lengthSize - 1)]
        func append(_ sets: [[UInt8]]) {
            for set in sets {
                bytes += [UInt8(set.count >> 8), UInt8(set.count & 255)]
                bytes += set
            }
        }
        bytes.append(0xE0 | UInt8(sequenceParameterSets.count))
        append(sequenceParameterSets)
        bytes.append(UInt8(pictureParameterSets.count))
        append(pictureParameterSets)
        // The High profiles name their chroma format and bit depths once more (§5.3.3.1.2).
        if [100, 110, 122, 144].contains(first[1]), let parsed = SequenceParameterSet(first) {
            bytes += [
                0xFC | UInt8(parsed.chromaFormat & 3), 0xF8 | UInt8((parsed.lumaBitDepth - 8) & 7),
                0xF8 | UInt8((parsed.chromaBitDepth - 8) & 7), 0,
            ]
        }
        return bytes
    }

    /// Whether both mean the same to a decoder: the same sets, however they were escaped or ordered.
    public func isEquivalent(to other: AVCConfiguration) -> Bool {
        func meaning(_ sets: [[UInt8]]) -> Set<[UInt8]> {
            Set(sets.map { set in [set[0] & 31] + NALUnit.unescaped(set.dropFirst()) })
        }
        return self == other
            || (meaning(sequenceParameterSets) == meaning(other.sequenceParameterSets)
                && meaning(pictureParameterSets) == meaning(other.pictureParameterSets))
    }
}

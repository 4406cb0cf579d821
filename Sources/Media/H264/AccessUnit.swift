/// The structure of one H.264 access unit: which units it has, what it needs, what may be done with it.
public struct AccessUnit: Sendable {
    /// The units, in stream order, as ranges of the bytes that were read.
    public let units: [NALUnit]
    /// Whether it is an IDR picture: a decoder can start here.
    public let isIDR: Bool
    /// Whether no other picture refers to it (`nal_ref_idc` is 0 in all slices).
    public let isDroppable: Bool
    /// The sequence parameter sets that it carries.
    public let sequenceParameterSets: [[UInt8]]
    /// The picture parameter sets that it carries.
    public let pictureParameterSets: [[UInt8]]

    /// Looks through an access unit in Annex B. Costs one pass over the bytes.
    public init(annexB bytes: UnsafeRawBufferPointer) {
        self.init(units: NALUnit.unitsOfAnnexB(bytes), bytes: bytes)
    }

    /// An access unit whose units were found in `bytes`.
    public init(units: [NALUnit], bytes: UnsafeRawBufferPointer) {
        func copies(of kind: NALUnit.Kind) -> [[UInt8]] {
            units.filter { $0.kind == kind }.map { Array(bytes[$0.range]) }
        }
        self.units = units
        let slices = units.filter(\.kind.isSlice)
        isIDR = slices.contains { $0.kind == .idrSlice }
        isDroppable = !slices.isEmpty && slices.allSatisfy { $0.referenceIndicator == 0 }
        sequenceParameterSets = copies(of: .sequenceParameterSet)
        pictureParameterSets = copies(of: .pictureParameterSet)
    }

    /// Whether it holds at least one slice of a picture.
    public var hasPicture: Bool { units.contains { $0.kind.isSlice } }

    /// The configuration that this access unit carries in band, if it has both kinds of parameter sets.
    ///
    /// An encoder that was reconfigured may send several sets with one IDR; all are kept, each slice names its own.
    public var configuration: AVCConfiguration? {
        AVCConfiguration(
            sequenceParameterSets: sequenceParameterSets, pictureParameterSets: pictureParameterSets)
    }

    /// The access unit as an MP4 sample: four-byte lengths instead of start codes, without parameter sets that
    /// `configuration` already has. Everything else stays as it was captured.
    public func sample(from bytes: UnsafeRawBufferPointer, leavingOut configuration: AVCConfiguration)
        -> [UInt8]
    {
        [UInt8](unsafeUninitializedCapacity: units.sampleCapacity) { memory, count in
            count = units.writeSample(
                from: bytes, leavingOut: configuration, to: UnsafeMutableRawBufferPointer(memory))
        }
    }

    /// The access unit as a byte stream with four-byte start codes; an IDR gets the parameter sets of `configuration`
    /// in front, unless it carries its own.
    public func annexB(from bytes: UnsafeRawBufferPointer, adding configuration: AVCConfiguration) -> [UInt8]
    {
        let startCode: [UInt8] = [0, 0, 0, 1]
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 128)
        let addsSets = isIDR && (sequenceParameterSets.isEmpty || pictureParameterSets.isEmpty)
        func addSets() {
            for set in configuration.sequenceParameterSets + configuration.pictureParameterSets {
                result += startCode
                result += set
            }
        }
        var hasAddedSets = !addsSets
        for unit in units {
            // Parameter sets come behind an access unit delimiter and before everything else (§7.4.1.2.3).
            if !hasAddedSets, unit.kind != .accessUnitDelimiter {
                addSets()
                hasAddedSets = true
            }
            result += startCode
            result.append(contentsOf: bytes[unit.range])
        }
        return result
    }
}

/// The units of one access unit as an MP4 sample (ISO/IEC 14496-15 §5.3.4.2).
extension [NALUnit] {
    /// Bytes that the sample has at most.
    public var sampleCapacity: Int { reduce(0) { $0 + 4 + $1.range.count } }

    /// Writes the sample into memory of at least ``sampleCapacity`` bytes: four-byte lengths instead of start codes, without
    /// parameter sets that `configuration` already has. Everything else stays as it was captured.
    /// - Parameter bytes: those in which the units were found.
    /// - Returns: the bytes that were written.
    public func writeSample(
        from bytes: UnsafeRawBufferPointer, leavingOut configuration: AVCConfiguration,
        to memory: UnsafeMutableRawBufferPointer
    ) -> Int {
        var end = 0
        for unit in self {
            let unitBytes = UnsafeRawBufferPointer(rebasing: bytes[unit.range])
            switch unit.kind {
            case .sequenceParameterSet:
                if configuration.sequenceParameterSets.contains(where: unitBytes.elementsEqual) { continue }
            case .pictureParameterSet:
                if configuration.pictureParameterSets.contains(where: unitBytes.elementsEqual) { continue }
            default: break
            }
            memory.storeBytes(of: UInt32(unitBytes.count).bigEndian, toByteOffset: end, as: UInt32.self)
            UnsafeMutableRawBufferPointer(rebasing: memory[(end + 4)...]).copyMemory(from: unitBytes)
            end += 4 + unitBytes.count
        }
        return end
    }
}

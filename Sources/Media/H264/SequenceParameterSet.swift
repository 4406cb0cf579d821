/// What Convene needs of a sequence parameter set (Rec. ITU-T H.264 §7.3.2.1.1).
public struct SequenceParameterSet: Sendable, Hashable {
    /// `profile_idc`: 66 Baseline, 77 Main, 100 High.
    public let profile: UInt8
    /// `level_idc`: ten times the level.
    public let level: UInt8
    /// `seq_parameter_set_id`, 0…31.
    public let id: Int
    /// `chroma_format_idc`: 1 for 4:2:0.
    public let chromaFormat: Int
    /// Bits of a luma sample.
    public let lumaBitDepth: Int
    /// Bits of a chroma sample.
    public let chromaBitDepth: Int
    /// Width in pixels, cropped.
    public let width: Int
    /// Height in pixels, cropped.
    public let height: Int
    /// Whether pictures may be coded as fields.
    public let isInterlaced: Bool

    private static let profilesWithChroma: Set<UInt8> = [
        100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
    ]

    /// Reads a unit without start code, header byte included; `nil` where it is damaged or not an SPS.
    public init?(_ unit: [UInt8]) {
        let bytes = NALUnit.unescaped(unit)
        guard bytes.count >= 4, bytes[0] & 31 == NALUnit.Kind.sequenceParameterSet.rawValue else {
            return nil
        }
        var reader = BitReader(bytes, skipping: 4)
        profile = bytes[1]
        level = bytes[3]
        guard let id = reader.unsigned(), id <= 31 else { return nil }
        self.id = Int(id)
        var chromaFormat: UInt32 = 1
        var depths: (luma: UInt32, chroma: UInt32) = (0, 0)
        if Self.profilesWithChroma.contains(profile) {
            guard let format = reader.unsigned(), format <= 3 else { return nil }
            chromaFormat = format
            if format == 3, reader.flag() == nil { return nil }
            guard let luma = reader.unsigned(), luma <= 6, let chroma = reader.unsigned(), chroma <= 6,
                reader.flag() != nil, let hasMatrix = reader.flag()
            else { return nil }
            depths = (luma, chroma)
            if hasMatrix, !Self.skipScalingMatrix(&reader, lists: format == 3 ? 12 : 8) { return nil }
        }
        guard reader.unsigned() != nil, Self.skipPictureOrderCount(&reader), reader.unsigned() != nil,
            reader.flag() != nil, let widthInBlocks = reader.unsigned(), widthInBlocks < 4096,
            let heightInUnits = reader.unsigned(), heightInUnits < 4096, let framesOnly = reader.flag(),
            framesOnly || reader.flag() != nil, reader.flag() != nil, let isCropped = reader.flag()
        else { return nil }
        var crop: [Int] = [0, 0, 0, 0]
        if isCropped {
            for side in crop.indices {
                guard let value = reader.unsigned(), value < 65536 else { return nil }
                crop[side] = Int(value)
            }
        }
        let unitWidth = chromaFormat == 1 || chromaFormat == 2 ? 2 : 1
        let unitHeight = (chromaFormat == 1 ? 2 : 1) * (framesOnly ? 1 : 2)
        width = (Int(widthInBlocks) + 1) * 16 - (crop[0] + crop[1]) * unitWidth
        height = (Int(heightInUnits) + 1) * 16 * (framesOnly ? 1 : 2) - (crop[2] + crop[3]) * unitHeight
        guard width > 0, height > 0 else { return nil }
        self.chromaFormat = Int(chromaFormat)
        lumaBitDepth = Int(depths.luma) + 8
        chromaBitDepth = Int(depths.chroma) + 8
        isInterlaced = !framesOnly
    }

    /// `scaling_list()` (§7.3.2.1.1.1), `lists` times if present.
    private static func skipScalingMatrix(_ reader: inout BitReader, lists: Int) -> Bool {
        for list in 0..<lists {
            guard let isPresent = reader.flag() else { return false }
            guard isPresent else { continue }
            var last: Int32 = 8
            var next: Int32 = 8
            for _ in 0..<(list < 6 ? 16 : 64) {
                if next != 0 {
                    guard let delta = reader.signed() else { return false }
                    next = (last &+ delta &+ 256) & 255
                }
                if next != 0 { last = next }
            }
        }
        return true
    }

    /// `pic_order_cnt_type` and what depends on it.
    private static func skipPictureOrderCount(_ reader: inout BitReader) -> Bool {
        switch reader.unsigned() {
        case 0: return reader.unsigned() != nil
        case 1:
            guard reader.flag() != nil, reader.signed() != nil, reader.signed() != nil,
                let cycle = reader.unsigned(), cycle <= 255
            else { return false }
            for _ in 0..<cycle where reader.signed() == nil { return false }
            return true
        case 2: return true
        default: return false
        }
    }
}

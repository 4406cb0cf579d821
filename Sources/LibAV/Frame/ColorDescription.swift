internal import CFFmpeg

/// What the values of a picture mean (ITU-T H.273).
public struct ColorDescription: Sendable, Hashable {
    let rawRange: AVColorRange
    let rawPrimaries: AVColorPrimaries
    let rawTransfer: AVColorTransferCharacteristic
    let rawMatrix: AVColorSpace

    init(
        range: AVColorRange, primaries: AVColorPrimaries, transfer: AVColorTransferCharacteristic,
        matrix: AVColorSpace
    ) {
        rawRange = range
        rawPrimaries = primaries
        rawTransfer = transfer
        rawMatrix = matrix
    }

    /// High-definition television, limited range (ITU-R BT.709).
    public static let bt709 = ColorDescription(
        range: AVCOL_RANGE_MPEG, primaries: AVCOL_PRI_BT709, transfer: AVCOL_TRC_BT709,
        matrix: AVCOL_SPC_BT709)
    /// Standard definition, limited range (SMPTE 170M, ITU-R BT.601).
    public static let bt601 = ColorDescription(
        range: AVCOL_RANGE_MPEG, primaries: AVCOL_PRI_SMPTE170M, transfer: AVCOL_TRC_SMPTE170M,
        matrix: AVCOL_SPC_SMPTE170M)

    /// `full`, `limited`, or `nil` where not said.
    public var range: String? {
        switch rawRange {
        case AVCOL_RANGE_JPEG: "full"
        case AVCOL_RANGE_MPEG: "limited"
        default: nil
        }
    }

    /// Whether all values are in use, from black at 0.
    public var isFullRange: Bool { rawRange == AVCOL_RANGE_JPEG }

    /// FFmpeg's name of the matrix from RGB, or `nil` where not said.
    public var matrix: String? {
        rawMatrix == AVCOL_SPC_UNSPECIFIED ? nil : av_color_space_name(rawMatrix).map { String(cString: $0) }
    }

    /// FFmpeg's name of the primaries, or `nil` where not said.
    public var primaries: String? {
        rawPrimaries == AVCOL_PRI_UNSPECIFIED
            ? nil : av_color_primaries_name(rawPrimaries).map { String(cString: $0) }
    }

    /// FFmpeg's name of the transfer function, or `nil` where not said.
    public var transfer: String? {
        rawTransfer == AVCOL_TRC_UNSPECIFIED
            ? nil : av_color_transfer_name(rawTransfer).map { String(cString: $0) }
    }

    /// Whether the pictures have a high dynamic range (PQ or HLG).
    public var isHighDynamicRange: Bool {
        rawTransfer == AVCOL_TRC_SMPTE2084 || rawTransfer == AVCOL_TRC_ARIB_STD_B67
    }
}

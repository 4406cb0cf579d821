/// How sound devices store a sample. Names are those of FFmpeg's codecs.
package enum SampleFormat: String, Sendable, CaseIterable {
    /// 16 bits, signed, little-endian.
    case int16 = "pcm_s16le"
    /// 24 bits in three bytes, signed, little-endian.
    case int24 = "pcm_s24le"
    /// 32 bits, signed, little-endian.
    case int32 = "pcm_s32le"
    /// 32-bit float, little-endian, in -1…1.
    case float32 = "pcm_f32le"
    /// 8 bits, 128 is silence.
    case uint8 = "pcm_u8"

    /// Bytes of one sample.
    package var byteCount: Int {
        switch self {
        case .uint8: 1
        case .int16: 2
        case .int24: 3
        case .int32, .float32: 4
        }
    }

    /// The samples in -1…1. Bytes of an incomplete last sample are left out.
    package func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
        (0..<bytes.count / byteCount).map { sample in
            let offset = sample * byteCount
            return switch self {
            case .uint8: (Float(bytes[offset]) - 128) / 128
            case .int16:
                Float(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int16.self)))
                    / 32_768
            case .int24:
                Float(
                    Int32(bytes[offset]) | Int32(bytes[offset + 1]) << 8
                        | Int32(Int8(bitPattern: bytes[offset + 2])) << 16) / 8_388_608
            case .int32:
                Float(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
                    / 2_147_483_648
            case .float32:
                Float(
                    bitPattern: UInt32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
        }
    }
}

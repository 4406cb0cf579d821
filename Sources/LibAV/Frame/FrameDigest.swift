internal import CFFmpeg
import Glibc

/// Fingerprints of decoded frames.
public enum FrameDigest {
    /// MD5 of a picture's visible samples, plane after plane without padding; 32 lower-case hexadecimal digits.
    public static func picture(_ frame: borrowing OwnedFrame) throws(AVError) -> String {
        let format = AVPixelFormat(frame.pointer.pointee.format)
        let size = try check(
            av_image_get_buffer_size(format, Int32(frame.width), Int32(frame.height), 1),
            "av_image_get_buffer_size")
        let planes = UnsafeRawPointer(frame.dataPointers).assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, initialized in
            code = av_image_copy_to_buffer(
                buffer.baseAddress, size, planes, frame.lineSizes, format, Int32(frame.width),
                Int32(frame.height), 1)
            initialized = max(0, Int(code))
        }
        try check(code, "av_image_copy_to_buffer")
        return md5(bytes)
    }

    /// MD5 of a stretch of sound as interleaved 16-bit little-endian integers; `nil` where its layout is not known.
    public static func sound(_ frame: borrowing OwnedFrame) -> String? {
        guard let samples = frame.sampleValues() else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(samples.count * 2)
        for sample in samples {
            let value = UInt16(bitPattern: sample)
            bytes.append(UInt8(truncatingIfNeeded: value))
            bytes.append(UInt8(truncatingIfNeeded: value >> 8))
        }
        return md5(bytes)
    }

    private static func md5(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 16)
        av_md5_sum(&digest, bytes, bytes.count)
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension OwnedFrame {
    /// A stretch of sound as interleaved 16-bit samples, rounded as libswresample does without dither; `nil` where its layout
    /// is not known.
    public func sampleValues() -> [Int16]? {
        let format = AVSampleFormat(pointer.pointee.format)
        let isPlanar = av_sample_fmt_is_planar(format) == 1
        let planes = pointer.pointee.extended_data
        let channels = channels
        let count = sampleCount
        guard let planes, channels > 0 else { return nil }
        func gather<Value>(_ type: Value.Type, _ convert: (Value) -> Int16) -> [Int16] {
            var result: [Int16] = []
            result.reserveCapacity(count * channels)
            for index in 0..<count {
                for channel in 0..<channels {
                    let plane = UnsafeRawPointer(planes[isPlanar ? channel : 0])
                    let position = isPlanar ? index : index * channels + channel
                    guard let plane else { return [] }
                    let value = plane.loadUnaligned(
                        fromByteOffset: position * MemoryLayout<Value>.stride, as: Value.self)
                    result.append(convert(value))
                }
            }
            return result
        }
        switch av_get_packed_sample_fmt(format) {
        case AV_SAMPLE_FMT_U8: return gather(UInt8.self) { Int16((Int($0) - 128) * 256) }
        case AV_SAMPLE_FMT_S16: return gather(Int16.self) { $0 }
        case AV_SAMPLE_FMT_S32: return gather(Int32.self) { Int16(truncatingIfNeeded: $0 >> 16) }
        case AV_SAMPLE_FMT_FLT: return gather(Float.self) { Self.integer(Double($0)) }
        case AV_SAMPLE_FMT_DBL: return gather(Double.self) { Self.integer($0) }
        default: return nil
        }
    }

    private static func integer(_ value: Double) -> Int16 {
        guard value.isFinite else { return 0 }
        return Int16(max(-32768, min(32767, (value * 32768).rounded(.toNearestOrEven))))
    }

    /// The means of a picture's luma over a grid of 8 by 8 fields, row by row, in 0…255 whatever the bit depth.
    ///
    /// - Returns: `nil` where the picture has no plane of luma. Fields of pictures below 8 pixels repeat.
    public func lumaGrid() -> [UInt8]? {
        guard let layout, !layout.isRGB, let start = dataPointers[0], width > 0, height > 0,
            av_pix_fmt_desc_get(layout.format)?.pointee.comp.0.step == (layout.bitDepth > 8 ? 2 : 1)
        else { return nil }
        let stride = Int(lineSizes[0])
        let isWide = layout.bitDepth > 8
        var grid: [UInt8] = []
        grid.reserveCapacity(64)
        for row in 0..<8 {
            let top = row * height / 8
            let bottom = max(top + 1, (row + 1) * height / 8)
            for column in 0..<8 {
                let left = column * width / 8
                let right = max(left + 1, (column + 1) * width / 8)
                var sum = 0
                for y in top..<bottom {
                    let line = UnsafeRawPointer(start + y * stride)
                    for x in left..<right {
                        sum +=
                            isWide
                            ? Int(line.loadUnaligned(fromByteOffset: x * 2, as: UInt16.self))
                            : Int(line.load(fromByteOffset: x, as: UInt8.self))
                    }
                }
                let mean = (sum + (bottom - top) * (right - left) / 2) / ((bottom - top) * (right - left))
                grid.append(UInt8(clamping: isWide ? mean >> (layout.bitDepth - 8) : mean))
            }
        }
        return grid
    }
}

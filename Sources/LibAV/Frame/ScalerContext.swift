internal import CFFmpeg
public import Media

/// A conversion of libswscale's and its only owner: size, sample layout and colour range.
///
/// Confined to one thread at a time. It adapts itself to whatever frame comes in.
public struct ScalerContext: ~Copyable, @unchecked Sendable {
    // SAFETY: one owner, which Swift enforces; libswscale contexts may move between threads.
    private var pointer: OpaquePointer?
    private var key: Key?

    /// What a context is made for.
    private struct Key: Equatable {
        var input: AVPixelFormat
        var width: Int
        var height: Int
        var inputRange: ColorRange
        var output: PixelFormat
        var outputWidth: Int
        var outputHeight: Int
        var outputRange: ColorRange
        var flags: Int32
    }

    /// A converter that has not seen a frame yet.
    public init() {}

    deinit { sws_freeContext(pointer) }

    /// A copy of `source` in another size and layout.
    ///
    /// - Parameters:
    ///   - range: meaning of the luma values in the result; ignored for RGB formats, which are always full range.
    ///   - isBitExact: the same bytes on every machine, at the price of speed.
    /// - Throws: where libswscale cannot read the source's layout.
    public mutating func scale(
        _ source: borrowing OwnedFrame, to format: PixelFormat, width: Int, height: Int, range: ColorRange,
        time: MonotonicTime, isBitExact: Bool = false
    ) throws(AVError) -> VideoFrame {
        let input = Self.withoutImpliedRange(AVPixelFormat(source.pointer.pointee.format))
        let sameSize = source.width == width && source.height == height
        var flags = sameSize ? SWS_POINT : SWS_BILINEAR
        if isBitExact { flags |= SWS_ACCURATE_RND | SWS_BITEXACT }
        let key = Key(
            input: input, width: source.width, height: source.height, inputRange: source.range,
            output: format,
            outputWidth: width, outputHeight: height,
            outputRange: format == .bgra || format == .rgb24 ? .full : range, flags: flags)
        let context = try adapted(to: key, name: source.pixelFormatName)
        let buffer = PixelBuffer(format: format, width: width, height: height)
        var target = buffer.planes.map { Optional($0.start.assumingMemoryBound(to: UInt8.self)) }
        var strides = buffer.planes.map { Int32(clamping: $0.strideInBytes) }
        while target.count < 4 { target.append(nil) }
        while strides.count < 4 { strides.append(0) }
        let sourcePlanes = UnsafeRawPointer(source.dataPointers).assumingMemoryBound(
            to: UnsafePointer<UInt8>?.self)
        try check(
            sws_scale(context, sourcePlanes, source.lineSizes, 0, Int32(source.height), target, strides),
            "sws_scale")
        return VideoFrame(
            format: format, width: width, height: height, range: range, time: time, buffer: buffer)
    }

    /// The context for `key`: the one at hand, or a new one.
    ///
    /// The ranges are given before the context is made: what libswscale chose without them for pictures that keep
    /// their size, a plain copy for instance, it would keep when they are set later.
    private mutating func adapted(to key: Key, name: String) throws(AVError) -> OpaquePointer {
        if let pointer, key == self.key { return pointer }
        sws_freeContext(pointer)
        pointer = nil
        let operation = "sws_init_context(\(name) → \(key.output.rawValue))"
        guard let context = sws_alloc_context() else { throw .noMemory("sws_alloc_context") }
        let options: [(String, Int)] = [
            ("srcw", key.width), ("srch", key.height), ("src_format", Int(key.input.rawValue)),
            ("src_range", key.inputRange == .full ? 1 : 0), ("dstw", key.outputWidth),
            ("dsth", key.outputHeight),
            ("dst_format", Int(key.output.avPixelFormat.rawValue)),
            ("dst_range", key.outputRange == .full ? 1 : 0), ("sws_flags", Int(key.flags)),
        ]
        let code = try CPUFeatures.opening { () throws(AVError) in
            LibAVLog.quietly { () -> Int32 in
                for (name, value) in options {
                    let code = av_opt_set_int(UnsafeMutableRawPointer(context), name, Int64(value), 0)
                    if code < 0 { return code }
                }
                return sws_init_context(context, nil, nil)
            }
        }
        guard code >= 0 else {
            sws_freeContext(context)
            throw AVError(operation: operation, code: code)
        }
        pointer = context
        self.key = key
        return context
    }

    /// The `yuvj…` formats are deprecated names for a layout with full range; the range is set on its own here.
    private static func withoutImpliedRange(_ format: AVPixelFormat) -> AVPixelFormat {
        PixelFormat.from(format)?.format.avPixelFormat ?? format
    }
}

extension LibAVLog {
    static func quietly<Result>(_ body: () -> Result) -> Result {
        redirect()
        return body()
    }
}

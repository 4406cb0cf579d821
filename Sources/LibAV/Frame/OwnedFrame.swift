internal import CFFmpeg
public import Media

/// An `AVFrame` and its only owner: a raw picture or a stretch of raw sound.
///
/// Not for two threads at once; may be moved between threads.
public struct OwnedFrame: ~Copyable, @unchecked Sendable {
    // SAFETY: the frame has one owner, which Swift enforces; its buffers are reference counted atomically.
    let pointer: UnsafeMutablePointer<AVFrame>

    /// An empty frame, to be filled by a decoder.
    public init() throws(AVError) {
        guard let pointer = av_frame_alloc() else { throw .noMemory("av_frame_alloc") }
        self.pointer = pointer
    }

    /// A frame over the same pixels as `frame`: they are shared, not copied, and live until both are gone.
    /// - Parameter pts: in the time base of whoever reads the frame.
    public init(sharing frame: VideoFrame, pts: Int64?) throws(AVError) {
        let result = try OwnedFrame()
        let target = result.pointer
        target.pointee.format = frame.format.avPixelFormat.rawValue
        target.pointee.width = Int32(clamping: frame.width)
        target.pointee.height = Int32(clamping: frame.height)
        target.pointee.color_range = frame.range == .full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        result.pts = pts
        for (index, plane) in frame.buffer.planes.enumerated() where index < 4 {
            let size = plane.strideInBytes * frame.format.rows(plane: index, height: frame.height)
            let start = plane.start.assumingMemoryBound(to: UInt8.self)
            result.buffers[index] = try Self.reference(to: frame.buffer, start: start, size: size)
            result.dataPointers[index] = start
            result.lineSizes[index] = Int32(clamping: plane.strideInBytes)
        }
        self = result
    }

    /// An `AVBufferRef` over memory of `buffer`, which it retains.
    private static func reference(
        to buffer: PixelBuffer, start: UnsafeMutablePointer<UInt8>, size: Int
    ) throws(AVError) -> UnsafeMutablePointer<AVBufferRef> {
        let owner = Unmanaged.passRetained(buffer)
        let reference = av_buffer_create(
            start, size,
            { opaque, _ in
                if let opaque { Unmanaged<PixelBuffer>.fromOpaque(opaque).release() }
            }, owner.toOpaque(), AV_BUFFER_FLAG_READONLY)
        guard let reference else {
            owner.release()
            throw .noMemory("av_buffer_create")
        }
        return reference
    }

    /// A frame with a copy of `frame`'s samples, as interleaved floats.
    /// - Parameter pts: in the time base of whoever reads the frame.
    public init(copying frame: AudioFrame, pts: Int64?) throws(AVError) {
        let result = try OwnedFrame()
        let target = result.pointer
        target.pointee.format = AV_SAMPLE_FMT_FLT.rawValue
        target.pointee.sample_rate = Int32(clamping: frame.sampleRate)
        target.pointee.nb_samples = Int32(clamping: frame.sampleCount)
        av_channel_layout_default(&target.pointee.ch_layout, Int32(clamping: frame.channels))
        result.pts = pts
        try check(av_frame_get_buffer(target, 0), "av_frame_get_buffer")
        let data = result.dataPointers[0]
        frame.samples.withUnsafeBytes { source in
            if let start = source.baseAddress, let data {
                UnsafeMutableRawPointer(data).copyMemory(from: start, byteCount: source.count)
            }
        }
        self = result
    }

    deinit {
        var owned: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&owned)
    }

    var dataPointers: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?> {
        // SAFETY: `data` is an array of eight pointers, imported as a tuple of the same layout.
        UnsafeMutableRawPointer(pointer).advanced(by: MemoryLayout<AVFrame>.offset(of: \.data) ?? 0)
            .assumingMemoryBound(to: UnsafeMutablePointer<UInt8>?.self)
    }

    private var buffers: UnsafeMutablePointer<UnsafeMutablePointer<AVBufferRef>?> {
        // SAFETY: `buf` is an array of eight pointers, imported as a tuple of the same layout.
        UnsafeMutableRawPointer(pointer).advanced(by: MemoryLayout<AVFrame>.offset(of: \.buf) ?? 0)
            .assumingMemoryBound(to: UnsafeMutablePointer<AVBufferRef>?.self)
    }

    var lineSizes: UnsafeMutablePointer<Int32> {
        // SAFETY: `linesize` is an array of eight 32-bit integers, imported as a tuple of the same layout.
        UnsafeMutableRawPointer(pointer).advanced(by: MemoryLayout<AVFrame>.offset(of: \.linesize) ?? 0)
            .assumingMemoryBound(to: Int32.self)
    }

    /// Presentation time, in the time base of whoever made the frame.
    public var pts: Int64? {
        get {
            if pointer.pointee.pts != convene_nopts { return pointer.pointee.pts }
            let guess = pointer.pointee.best_effort_timestamp
            return guess == convene_nopts ? nil : guess
        }
        nonmutating set { pointer.pointee.pts = newValue ?? convene_nopts }
    }

    /// Makes an encoder code this picture as an IDR, or leave the choice to it.
    public func setForcesKeyframe(_ forces: Bool) {
        pointer.pointee.pict_type = forces ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
    }

    /// Width of a picture in pixels.
    public var width: Int { Int(pointer.pointee.width) }
    /// Height of a picture in pixels.
    public var height: Int { Int(pointer.pointee.height) }
    /// Samples of one channel of a stretch of sound.
    public var sampleCount: Int { Int(pointer.pointee.nb_samples) }
    /// Samples a second of a stretch of sound.
    public var sampleRate: Int { Int(pointer.pointee.sample_rate) }
    /// Channels of a stretch of sound.
    public var channels: Int { Int(pointer.pointee.ch_layout.nb_channels) }
    /// Whether the decoder found damage that it could only conceal.
    public var isCorrupt: Bool {
        pointer.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0 || pointer.pointee.decode_error_flags != 0
    }

    /// The layout of a picture's samples, or `nil` where Convene has no name for it: scale it to one that it has.
    public var pixelFormat: PixelFormat? {
        PixelFormat.from(AVPixelFormat(pointer.pointee.format))?.format
    }

    /// FFmpeg's name of the layout of a picture's samples.
    public var pixelFormatName: String {
        av_get_pix_fmt_name(AVPixelFormat(pointer.pointee.format)).map { String(cString: $0) } ?? "none"
    }

    /// Meaning of a picture's luma values.
    public var range: ColorRange {
        let isFull = PixelFormat.from(AVPixelFormat(pointer.pointee.format))?.isFullRange ?? false
        return isFull || pointer.pointee.color_range == AVCOL_RANGE_JPEG ? .full : .limited
    }

    /// The picture without a copy: it keeps FFmpeg's reference-counted buffers.
    ///
    /// - Returns: `nil` where ``pixelFormat`` is.
    /// - Throws: where memory ends.
    public func sharedVideoFrame(time: MonotonicTime) throws(AVError) -> VideoFrame? {
        guard let format = pixelFormat else { return nil }
        guard let clone = av_frame_clone(pointer) else { throw .noMemory("av_frame_clone") }
        let planes = (0..<format.planeCount).compactMap { index -> PixelBuffer.Plane? in
            guard let start = dataPointers[index] else { return nil }
            return PixelBuffer.Plane(start: start, strideInBytes: Int(lineSizes[index]))
        }
        // SAFETY: the clone is only freed, once; its buffers are not written after decoding.
        let address = UInt(bitPattern: clone)
        let buffer = PixelBuffer(planes: planes) {
            var owned = UnsafeMutablePointer<AVFrame>(bitPattern: address)
            av_frame_free(&owned)
        }
        guard planes.count == format.planeCount else { return nil }
        return VideoFrame(
            format: format, width: width, height: height, range: range, time: time, buffer: buffer)
    }

    /// Forgets the contents, so that the frame can be filled again.
    public func reset() { av_frame_unref(pointer) }
}

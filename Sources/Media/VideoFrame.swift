/// The memory of one raw picture.
///
/// The owner of the memory is whoever made the buffer: it gets it back by `release` when the last reference is gone.
/// Written only by its maker, before the buffer is handed on; from then on every thread may read it.
public final class PixelBuffer: Sendable {
    /// One plane: where its first row starts, and the distance between rows.
    public struct Plane: @unchecked Sendable {
        // SAFETY: the memory is not written after the buffer was made, and outlives the plane through PixelBuffer.
        /// First byte of the first row. Valid as long as the buffer lives.
        public let start: UnsafeMutableRawPointer
        /// Bytes from one row's start to the next's; at least the row's own length.
        public let strideInBytes: Int

        /// A plane at `start`.
        public init(start: UnsafeMutableRawPointer, strideInBytes: Int) {
            self.start = start
            self.strideInBytes = strideInBytes
        }
    }

    /// The planes, in the order of the pixel format.
    public let planes: [Plane]
    private let release: @Sendable () -> Void

    /// Memory that stays another owner's until `release` is called, exactly once, on any thread.
    public init(planes: [Plane], release: @escaping @Sendable () -> Void) {
        self.planes = planes
        self.release = release
    }

    /// Fresh memory, not initialised, for a picture of this format and size; rows are aligned to 64 bytes.
    ///
    /// 64 more bytes follow each plane, because SIMD code reads past the end of rows.
    public convenience init(format: PixelFormat, width: Int, height: Int) {
        precondition(width > 0 && height > 0, "a picture has a size")
        var offsets: [(offset: Int, stride: Int)] = []
        var total = 0
        for plane in 0..<format.planeCount {
            let stride = (format.rowBytes(plane: plane, width: width) + 63) & ~63
            offsets.append((total, stride))
            total += stride * format.rows(plane: plane, height: height) + 64
        }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: total, alignment: 64)
        // SAFETY: the address is only used to free the memory, once.
        let address = UInt(bitPattern: memory)
        self.init(
            planes: offsets.map { Plane(start: memory + $0.offset, strideInBytes: $0.stride) },
            release: { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() })
    }

    deinit { release() }
}

/// One raw picture. A value that shares its pixels: copying a frame copies no pixels.
public struct VideoFrame: Sendable {
    /// Layout of the samples.
    public var format: PixelFormat
    /// Width in pixels.
    public var width: Int
    /// Height in pixels.
    public var height: Int
    /// Meaning of the luma values.
    public var range: ColorRange
    /// When the picture was taken, on this machine's clock. A viewer maps the publisher's time stamps to it.
    public var time: MonotonicTime
    /// The pixels.
    public var buffer: PixelBuffer

    /// A picture from its parts; `buffer` must hold that size of that format.
    public init(
        format: PixelFormat, width: Int, height: Int, range: ColorRange, time: MonotonicTime,
        buffer: PixelBuffer
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.range = range
        self.time = time
        self.buffer = buffer
    }

    /// The value of one sample of `plane`, 0 where the position is outside. For tests and for reading test patterns.
    public func sample(plane: Int, x: Int, y: Int) -> UInt8 {
        guard plane < format.planeCount, x >= 0, y >= 0, x < format.rowBytes(plane: plane, width: width),
            y < format.rows(plane: plane, height: height)
        else { return 0 }
        let description = buffer.planes[plane]
        return description.start.load(fromByteOffset: y * description.strideInBytes + x, as: UInt8.self)
    }
}

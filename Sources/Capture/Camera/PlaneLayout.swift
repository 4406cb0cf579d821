package import Media

/// Where the planes of a raw picture lie in one stretch of memory, as V4L2's single-planar formats put them:
/// one after the other, rows of chroma at half the distance of rows of luma.
package struct PlaneLayout: Sendable, Hashable {
    /// One plane's place.
    package struct Plane: Sendable, Hashable {
        /// First byte of the first row.
        package var offset: Int
        /// Bytes from one row to the next.
        package var strideInBytes: Int
        /// Bytes of a row that are picture.
        package var rowBytes: Int
        /// Number of rows.
        package var rows: Int
    }

    /// The planes, in the order of the pixel format.
    package let planes: [Plane]

    /// The layout of a picture whose first plane has rows `strideInBytes` apart.
    package init(_ format: PixelFormat, width: Int, height: Int, strideInBytes: Int) {
        var planes: [Plane] = []
        var offset = 0
        for plane in 0..<format.planeCount {
            let rowBytes = format.rowBytes(plane: plane, width: width)
            let isHalf = plane > 0 && (format == .yuv420p || format == .yuv422p)
            let stride = max(isHalf ? strideInBytes / 2 : strideInBytes, rowBytes)
            let rows = format.rows(plane: plane, height: height)
            planes.append(Plane(offset: offset, strideInBytes: stride, rowBytes: rowBytes, rows: rows))
            offset += stride * rows
        }
        self.planes = planes
    }

    /// The least number of bytes that hold the picture; padding behind the last row may be missing.
    package var requiredBytes: Int {
        planes.last.map { $0.offset + $0.strideInBytes * ($0.rows - 1) + $0.rowBytes } ?? 0
    }

    /// Copies the picture out of `source`, which holds at least ``requiredBytes``.
    package func copy(_ source: UnsafeRawBufferPointer, to buffer: PixelBuffer) {
        // SAFETY: the source is checked here; the target holds this layout's format and size.
        guard let base = source.baseAddress, source.count >= requiredBytes else { return }
        for (plane, target) in zip(planes, buffer.planes) {
            let start = base + plane.offset
            if plane.strideInBytes == target.strideInBytes, plane.rows > 1 {
                // Rows follow each other alike in both: one copy.
                let count = plane.strideInBytes * (plane.rows - 1) + plane.rowBytes
                target.start.copyMemory(from: start, byteCount: count)
                continue
            }
            for row in 0..<plane.rows {
                (target.start + row * target.strideInBytes).copyMemory(
                    from: start + row * plane.strideInBytes, byteCount: plane.rowBytes)
            }
        }
    }
}

internal import CV4L2
internal import Glibc

/// A device that captures: the buffers that its driver fills, mapped into memory. Ends the capture, then
/// closes the device, when the last reference is gone.
///
/// Not for two threads at once.
final class CameraStream {
    /// Buffers to ask for: enough to bridge a few pictures' time while an encoder is busy.
    private static let wantedCount: UInt32 = 6

    let device: V4L2Device
    private let mappings: [UnsafeMutableRawBufferPointer]

    /// Maps the buffers of a device that is set up, and starts the capture.
    init(_ device: consuming V4L2Device) throws(CaptureError) {
        var request = v4l2_requestbuffers()
        request.count = Self.wantedCount
        request.type = convene_buf_type_video_capture
        request.memory = convene_memory_mmap
        try Self.start(device, convene_vidioc_reqbufs, "VIDIOC_REQBUFS", &request)
        guard request.count >= 2 else {
            throw .streamRefused(path: device.path, operation: "VIDIOC_REQBUFS", errno: ENOMEM)
        }
        mappings = try Self.mapAndStart(device, count: request.count)
        self.device = device
    }

    deinit {
        var type = Int32(convene_buf_type_video_capture)
        _ = device.perform(convene_vidioc_streamoff, &type)
        Self.release(device, mappings)
    }

    private static func mapAndStart(
        _ device: borrowing V4L2Device, count: UInt32
    ) throws(CaptureError) -> [UnsafeMutableRawBufferPointer] {
        var mapped: [UnsafeMutableRawBufferPointer] = []
        do throws(CaptureError) {
            for index in 0..<count { mapped.append(try map(index, device)) }
            for index in 0..<count {
                var buffer = buffer(index)
                try start(device, convene_vidioc_qbuf, "VIDIOC_QBUF", &buffer)
            }
            var type = Int32(convene_buf_type_video_capture)
            try start(device, convene_vidioc_streamon, "VIDIOC_STREAMON", &type)
        } catch {
            release(device, mapped)
            throw error
        }
        return mapped
    }

    /// The memory of the buffer of that index.
    subscript(index: UInt32) -> UnsafeRawBufferPointer? {
        mappings.indices.contains(Int(index)) ? UnsafeRawBufferPointer(mappings[Int(index)]) : nil
    }

    /// Takes the next filled buffer.
    ///
    /// - Returns: `nil` where none is filled yet.
    func dequeue() throws(CaptureError) -> v4l2_buffer? {
        var buffer = Self.buffer(0)
        switch device.perform(convene_vidioc_dqbuf, &buffer) {
        case 0: return buffer
        case EAGAIN: return nil
        case let code: throw .from(errno: code, path: device.path, operation: "VIDIOC_DQBUF")
        }
    }

    /// Gives a buffer back to the driver.
    func enqueue(_ index: UInt32) throws(CaptureError) {
        var fresh = Self.buffer(index)
        try device.require(convene_vidioc_qbuf, "VIDIOC_QBUF", &fresh)
    }

    private static func buffer(_ index: UInt32) -> v4l2_buffer {
        var buffer = v4l2_buffer()
        buffer.index = index
        buffer.type = convene_buf_type_video_capture
        buffer.memory = convene_memory_mmap
        return buffer
    }

    /// A request without which there is no capture: refusals that say nothing else become `.streamRefused`.
    private static func start<Argument>(
        _ device: borrowing V4L2Device, _ request: UInt, _ operation: String, _ argument: inout Argument
    ) throws(CaptureError) {
        let code = device.perform(request, &argument)
        switch code {
        case 0: return
        case EBUSY, ENODEV, ENXIO: throw .from(errno: code, path: device.path, operation: operation)
        default: throw .streamRefused(path: device.path, operation: operation, errno: code)
        }
    }

    private static func map(
        _ index: UInt32, _ device: borrowing V4L2Device
    ) throws(CaptureError) -> UnsafeMutableRawBufferPointer {
        var buffer = buffer(index)
        try start(device, convene_vidioc_querybuf, "VIDIOC_QUERYBUF", &buffer)
        let length = Int(buffer.length)
        // SAFETY: unmapped once, in `release`; pictures are copied out while the stream lives.
        let address = v4l2_mmap(
            nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, device.descriptor,
            Int64(convene_buffer_offset(&buffer)))
        guard let address, convene_is_map_failed(address) == 0 else {
            throw .streamRefused(path: device.path, operation: "mmap", errno: errno)
        }
        return UnsafeMutableRawBufferPointer(start: address, count: length)
    }

    private static func release(_ device: borrowing V4L2Device, _ mappings: [UnsafeMutableRawBufferPointer]) {
        for mapping in mappings { v4l2_munmap(mapping.baseAddress, mapping.count) }
        var none = v4l2_requestbuffers()
        none.type = convene_buf_type_video_capture
        none.memory = convene_memory_mmap
        _ = device.perform(convene_vidioc_reqbufs, &none)
    }
}

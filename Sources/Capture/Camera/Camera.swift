internal import CV4L2
internal import Glibc
public import Media

/// A V4L2 camera that captures.
///
/// Confined to one thread after its creation. The device is free again when the last reference is gone.
public final class Camera: VideoSource {
    /// How long a camera may deliver nothing before that is an error, in seconds; three intervals at rates
    /// below 0.6.
    public static let patience = 5.0

    /// Path of the device.
    public let path: String
    /// Name of the camera.
    public let card: String
    /// What the driver really gives.
    public let format: VideoSourceFormat
    /// Pictures lost between the sensor and here, by the gaps in the sequence numbers.
    public private(set) var lostFrames = 0
    /// Pictures skipped because the driver flagged them, or because bytes were missing.
    public private(set) var damagedFrames = 0

    private let layout: PlaneLayout?
    private let clock: MediaClock
    private var lastSequence: UInt32?
    /// `nil` after an error.
    private var stream: CameraStream?

    /// Opens the camera at `path`, sets it up and starts it.
    ///
    ///     try Camera(path: "/dev/video0", request: CameraRequest(width: 640, height: 360))
    ///
    /// Which format, size and rate is chosen is the rule of `CameraFormatChoice`; the size may differ from
    /// the request, so look at ``format``. Controls are set before the first picture, in their order.
    ///
    /// - Throws: every case of ``CaptureError`` but those of microphones and of running captures.
    public init(
        path: String, request: CameraRequest, controls: [ControlSetting] = [], clock: MediaClock = .system
    ) throws(CaptureError) {
        let opened = try Self.open(path, request)
        // Controls first: some of them, the quantization for instance, change the format that is read back.
        try opened.device.apply(controls)
        let setup = try CameraSetup.apply(opened.choice, to: opened.device)
        let stream = try CameraStream(opened.device)
        self.stream = stream
        self.path = path
        self.clock = clock
        card = stream.device.card
        format = setup.source
        layout =
            if case .raw(let pixels) = setup.format {
                PlaneLayout(
                    pixels, width: setup.source.width, height: setup.source.height,
                    strideInBytes: setup.strideInBytes)
            } else { nil }
    }

    /// Waits for the next picture and copies it out of the driver's buffer.
    ///
    /// The time of a picture is the driver's, where it is of the monotonic clock.
    ///
    /// - Throws: ``CaptureError/unplugged(path:)``, ``CaptureError/deviceFault(path:operation:errno:)``,
    ///   ``CaptureError/noFrame(path:seconds:damaged:)``. The device is closed then, and the camera of no use any
    ///   more: while an unplugged one is held open, the kernel gives its path to no other.
    public func next(_ stop: StopSignal) throws(CaptureError) -> CapturedPicture? {
        guard let stream else { throw .unplugged(path: path) }
        do throws(CaptureError) { return try next(stop, of: stream) } catch {
            self.stream = nil
            throw error
        }
    }

    private func next(_ stop: StopSignal, of stream: CameraStream) throws(CaptureError) -> CapturedPicture? {
        let patience = max(Self.patience, format.frameRate > 0 ? 3 / format.frameRate : 0)
        let deadline = clock.now() + Int64(patience * 1e9)
        let damagedBefore = damagedFrames
        while !stop.isStopped {
            let event = try wait(stream)
            if event != .nothing, let buffer = try stream.dequeue() {
                if let picture = try take(buffer, of: stream) { return picture }
            } else if event == .fault {
                throw .deviceFault(path: path, operation: "poll", errno: EIO)
            } else if event == .hangUp {
                throw .unplugged(path: path)
            }
            if clock.now() > deadline {
                throw .noFrame(path: path, seconds: patience, damaged: damagedFrames - damagedBefore)
            }
        }
        return nil
    }

    private enum Event { case nothing, ready, fault, hangUp }

    /// Waits for a picture or a fault, at most for the interval at which stop signals are looked at.
    ///
    /// A fault is only hinted at here; what it is, the request for a buffer says.
    private func wait(_ stream: CameraStream) throws(CaptureError) -> Event {
        var descriptor = pollfd(fd: stream.device.descriptor, events: Int16(POLLIN), revents: 0)
        let count = poll(&descriptor, 1, Int32(StopSignal.interval / 1_000_000))
        if count < 0 {
            if errno == EINTR { return .nothing }
            throw .from(errno: errno, path: path, operation: "poll")
        }
        guard count > 0 else { return .nothing }
        let events = Int32(descriptor.revents)
        if events & POLLHUP != 0 { return .hangUp }
        return events & (POLLERR | POLLNVAL) != 0 ? .fault : .ready
    }

    /// Copies the picture out of a filled buffer and gives the buffer back; `nil` where it is damaged.
    private func take(_ buffer: v4l2_buffer, of stream: CameraStream) throws(CaptureError) -> CapturedPicture?
    {
        countLost(buffer.sequence)
        let picture = picture(buffer, of: stream)
        if picture == nil { damagedFrames += 1 }
        try stream.enqueue(buffer.index)
        return picture
    }

    private func countLost(_ sequence: UInt32) {
        if let lastSequence {
            let step = sequence &- lastSequence
            // A step back is a driver that counts anew, not four billion lost pictures.
            if step > 1, step < 1 << 31 { lostFrames += Int(step) - 1 }
        }
        lastSequence = sequence
    }

    /// The picture in a filled buffer, `nil` where it is damaged.
    private func picture(_ buffer: v4l2_buffer, of stream: CameraStream) -> CapturedPicture? {
        guard buffer.flags & convene_buf_flag_error == 0, let memory = stream[buffer.index] else {
            return nil
        }
        let used = UnsafeRawBufferPointer(rebasing: memory.prefix(Int(buffer.bytesused)))
        let time = time(of: buffer)
        guard case .raw(let pixels, let range) = format.encoding, let layout else {
            return used.isEmpty ? nil : .compressed(Array(used), time: time)
        }
        guard used.count >= layout.requiredBytes else { return nil }
        let copy = PixelBuffer(format: pixels, width: format.width, height: format.height)
        layout.copy(used, to: copy)
        return .frame(
            VideoFrame(
                format: pixels, width: format.width, height: format.height, range: range, time: time,
                buffer: copy))
    }

    private func time(of buffer: v4l2_buffer) -> MonotonicTime {
        let now = clock.now()
        guard buffer.flags & convene_buf_flag_timestamp_mask == convene_buf_flag_timestamp_monotonic else {
            return now
        }
        let stamp = MonotonicTime(
            nanoseconds: Int64(buffer.timestamp.tv_sec) * 1_000_000_000 + Int64(buffer.timestamp.tv_usec)
                * 1000)
        // Some drivers claim the monotonic clock and stamp with another, or not at all.
        return stamp <= now && now - stamp < Int64(Self.patience * 1e9) ? stamp : now
    }
}

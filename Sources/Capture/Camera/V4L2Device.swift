internal import CV4L2
internal import Glibc

/// A video device that is open through libv4l2, and its only owner. Closed when the value ends.
///
/// Not for two threads at once.
struct V4L2Device: ~Copyable {
    /// Whether libv4l2 may offer formats that it converts itself.
    enum Conversion { case native, converted }

    let path: String
    let descriptor: Int32
    let card: String
    let driver: String
    let bus: String

    /// Opens the device at `path`.
    ///
    /// Opening does not disturb another program's capture.
    init(path: String, conversion: Conversion) throws(CaptureError) {
        convene_v4l2_silence()
        let opened = try Self.open(path)
        var capability = v4l2_capability()
        // Asked before libv4l2 sees the device: its plugins complain on stderr about what is no video device.
        var code = convene_raw_ioctl(opened, convene_vidioc_querycap, &capability)
        guard code == 0, convene_v4l2_adopt(opened, conversion == .converted ? 1 : 0) >= 0 else {
            code = code == 0 ? errno : code
            close(opened)
            throw code == ENOTTY || code == EINVAL
                ? .notACaptureDevice(path: path)
                : .from(errno: code, path: path, operation: "VIDIOC_QUERYCAP")
        }
        // Asked again: plugins can change the answer.
        code = convene_v4l2_ioctl(opened, convene_vidioc_querycap, &capability)
        let flags =
            capability.capabilities & convene_cap_device_caps != 0
            ? capability.device_caps : capability.capabilities
        guard code == 0, flags & convene_cap_video_capture != 0, flags & convene_cap_streaming != 0 else {
            v4l2_close(opened)
            throw code == 0
                ? .notACaptureDevice(path: path)
                : .from(errno: code, path: path, operation: "VIDIOC_QUERYCAP")
        }
        self.path = path
        descriptor = opened
        card = text(&capability.card)
        driver = text(&capability.driver)
        bus = text(&capability.bus_info)
    }

    deinit { v4l2_close(descriptor) }

    private static func open(_ path: String) throws(CaptureError) -> Int32 {
        let descriptor = convene_v4l2_open(path)
        guard descriptor < 0 else {
            if convene_is_character_device(path) != 0 { return descriptor }
            close(descriptor)
            throw .notACaptureDevice(path: path)
        }
        switch errno {
        // A node whose driver has no device any more is as good as none.
        case ENOENT, ENOTDIR, ENODEV, ENXIO: throw .noSuchDevice(path: path)
        case EISDIR, EROFS: throw .notACaptureDevice(path: path)
        case let code: throw .from(errno: code, path: path, operation: "open")
        }
    }

    /// One request to the driver; `argument` must be of the type that the request takes.
    ///
    /// - Returns: 0, or the errno.
    func perform<Argument>(_ request: UInt, _ argument: inout Argument) -> Int32 {
        // SAFETY: the kernel writes only within the structure whose size the request number encodes.
        withUnsafeMutablePointer(to: &argument) { convene_v4l2_ioctl(descriptor, request, $0) }
    }

    /// One request to the driver that has to succeed; `operation` is its name, for the error.
    func require<Argument>(
        _ request: UInt, _ operation: String, _ argument: inout Argument
    ) throws(CaptureError) {
        let code = perform(request, &argument)
        if code != 0 { throw .from(errno: code, path: path, operation: operation) }
    }
}

/// The text in a fixed-size field of a C structure, which need not end in a zero.
func text<Field>(_ field: inout Field) -> String {
    withUnsafeBytes(of: &field) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}

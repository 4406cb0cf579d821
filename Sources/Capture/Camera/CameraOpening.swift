internal import CV4L2
internal import Glibc
internal import Media

extension Camera {
    /// A device that is open, and what to ask it for.
    struct Opened: ~Copyable {
        let device: V4L2Device
        let choice: CameraFormatChoice
    }

    /// Opens a device as it is, and through libv4l2's conversion only where it has no format that can be
    /// used.
    static func open(_ path: String, _ request: CameraRequest) throws(CaptureError) -> Opened {
        guard request.width > 0, request.height > 0, request.frameRate > 0, request.frameRate.isFinite else {
            throw .invalidSetting(
                name: "Size and rate", value: "\(request.width)x\(request.height) at \(request.frameRate)",
                expected: "numbers above 0")
        }
        let native = try V4L2Device(path: path, conversion: .native)
        let offered = native.formats()
        if let choice = CameraFormatChoice.best(of: offered, for: request) {
            return Opened(device: native, choice: choice)
        }
        // libv4l2 claims to convert whatever a camera gives, H.264 included, and then refuses.
        if request.format == nil, offered.contains(where: { $0.format == .h264 }) {
            throw .formatNotOffered(path: path, wanted: nil, offered: names(of: offered))
        }
        let converting = try V4L2Device(path: path, conversion: .converted)
        if let choice = CameraFormatChoice.best(of: converting.formats(), for: request) {
            return Opened(device: converting, choice: choice)
        }
        throw .formatNotOffered(path: path, wanted: request.format?.name, offered: names(of: offered))
    }

    /// The names that can be asked for; where there are none, the driver's codes.
    private static func names(of formats: [CameraFormatDescription]) -> [String] {
        var names: [String] = []
        for name in formats.compactMap(\.name) where !names.contains(name) { names.append(name) }
        return names.isEmpty ? formats.map(\.code) : names
    }

    /// Blocks until there is a device at `path` that this user may open, looking every 250 ms.
    ///
    /// Whether it is a camera is told by opening it.
    ///
    /// - Returns: `false` where `stop` was given.
    public static func waitForDevice(_ path: String, stop: StopSignal) -> Bool {
        while !stop.isStopped {
            // A new node belongs to root for the moment that udev takes to set its group.
            if access(path, R_OK | W_OK) == 0 { return true }
            _ = stop.sleep(until: MediaClock.system.now() + 250_000_000)
        }
        return false
    }

    /// Describes every capture device of this machine, in the order of their numbers.
    ///
    /// Devices that cannot be opened are listed with the reason; nodes that do not capture are left out.
    public static func all() -> [CameraDescription] {
        cameraPaths().compactMap { path in
            do throws(CaptureError) {
                return try V4L2Device(path: path, conversion: .native).describe()
            } catch {
                switch error {
                case .notACaptureDevice, .noSuchDevice: return nil
                default:
                    return CameraDescription(
                        path: path, card: "", driver: "", bus: "", formats: [], controls: [],
                        problem: error.description)
                }
            }
        }
    }

    private static func cameraPaths() -> [String] {
        guard let folder = opendir("/dev") else { return [] }
        defer { closedir(folder) }
        var numbers: [Int] = []
        while let entry = readdir(folder) {
            let name = text(&entry.pointee.d_name)
            if name.hasPrefix("video"), let number = Int(name.dropFirst(5)) { numbers.append(number) }
        }
        return numbers.sorted().map { "/dev/video\($0)" }
    }
}

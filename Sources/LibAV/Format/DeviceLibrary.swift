import CFFmpeg
import Glibc

/// libavdevice, loaded at its first use: with its 80 dependencies it would take 17 MB of every process, also of those
/// that only relay.
enum DeviceLibrary {
    /// SAFETY: the handle and what is found in it stay valid for ever, because nothing closes it.
    private nonisolated(unsafe) static let handle: UnsafeMutableRawPointer? = {
        guard let handle = dlopen("libavdevice.so.\(convene_avdevice_major)", RTLD_NOW | RTLD_GLOBAL) else {
            return nil
        }
        if let symbol = dlsym(handle, "avdevice_register_all") {
            unsafeBitCast(symbol, to: convene_avdevice_register.self)()
        }
        convene_silence_alsa()
        return handle
    }()

    /// Makes libavformat know the devices.
    /// - Throws: where the library is not installed.
    static func load() throws(AVError) {
        guard handle != nil else {
            throw AVError(operation: "libavdevice is not installed", code: convene_averror(ENOSYS))
        }
    }

    static func sources(of input: UnsafePointer<AVInputFormat>) -> [InputDevice] {
        guard let handle, let list = dlsym(handle, "avdevice_list_input_sources"),
            let free = dlsym(handle, "avdevice_free_list_devices")
        else { return [] }
        var found: UnsafeMutablePointer<AVDeviceInfoList>?
        let count = unsafeBitCast(list, to: convene_avdevice_list.self)(input, nil, nil, &found)
        defer { unsafeBitCast(free, to: convene_avdevice_free.self)(&found) }
        guard count > 0, let devices = found?.pointee else { return [] }
        return (0..<Int(devices.nb_devices)).compactMap { index in
            guard let device = devices.devices[index]?.pointee, let name = device.device_name else {
                return nil
            }
            return InputDevice(
                name: String(cString: name),
                description: device.device_description.map { String(cString: $0) } ?? "",
                isDefault: index == Int(devices.default_device))
        }
    }
}

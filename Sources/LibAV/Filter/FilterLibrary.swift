import CFFmpeg
import Glibc

/// libavfilter, loaded at its first use: with its 160 dependencies it would double the memory of every process, also of
/// those that only relay.
enum FilterLibrary {
    /// Stays valid for ever, because nothing closes the library.
    private static let table: convene_avfilter? = {
        guard let handle = dlopen("libavfilter.so.\(convene_avfilter_major)", RTLD_NOW | RTLD_LOCAL) else {
            return nil
        }
        var table = convene_avfilter()
        return convene_avfilter_load(handle, &table) == 1 ? table : nil
    }()

    /// Its functions.
    /// - Throws: where the library is not installed.
    static func load() throws(AVError) -> convene_avfilter {
        guard let table else {
            throw AVError(
                operation: "libavfilter.so.\(convene_avfilter_major) is not installed",
                code: convene_averror(ENOSYS))
        }
        return table
    }

    /// Its version, where it is installed.
    static var version: UInt32? { table?.version() }
}

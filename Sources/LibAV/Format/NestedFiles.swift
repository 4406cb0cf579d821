import CFFmpeg

/// The files that an input names, such as the segments of a playlist: notes which of them cannot be opened, which demuxers
/// only log. Confined to the thread of its input.
final class NestedFiles {
    private typealias Opening =
        @convention(c) (
            UnsafeMutablePointer<AVFormatContext>?, UnsafeMutablePointer<UnsafeMutablePointer<AVIOContext>?>?,
            UnsafePointer<CChar>?, Int32, UnsafeMutablePointer<OpaquePointer?>?
        ) -> Int32

    /// Names that are kept; a playlist may lack any number of files.
    private static let maximumNames = 16
    private let ownName: String
    private var opening: Opening?
    /// The first names that could not be opened.
    private(set) var missing: [String] = []
    /// How many could not be opened.
    private(set) var missingCount = 0

    init(of name: String) { ownName = name }

    /// The context keeps no reference: its owner keeps this object as long.
    func install(in context: UnsafeMutablePointer<AVFormatContext>) {
        opening = context.pointee.io_open
        context.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
        context.pointee.io_open = { context, io, url, flags, options in
            guard let opaque = context?.pointee.opaque else { return convene_averror(EINVAL) }
            let files = Unmanaged<NestedFiles>.fromOpaque(opaque).takeUnretainedValue()
            guard let opening = files.opening else { return convene_averror(EINVAL) }
            let code = opening(context, io, url, flags, options)
            if code < 0, code != convene_averror_exit, let url { files.note(String(cString: url)) }
            return code
        }
    }

    private func note(_ url: String) {
        guard url != ownName, !missing.contains(url) else { return }
        missingCount += 1
        if missing.count < Self.maximumNames { missing.append(url) }
    }
}

import CFFmpeg

/// An `AVFormatContext` that is open for reading, and its only owner.
struct InputContextOwner: ~Copyable {
    let pointer: UnsafeMutablePointer<AVFormatContext>
    private let interrupt: Interrupt?
    /// The files that the input names; none are looked at if it is a device.
    let nested: NestedFiles?

    init(
        opening name: String, format: String?, options: [String: String], interrupt: Interrupt?,
        nested: NestedFiles? = nil
    ) throws(AVError) {
        var inputFormat: UnsafePointer<AVInputFormat>?
        if let format {
            // The library of devices takes memory, and is of no use for files.
            if av_find_input_format(format) == nil { try DeviceLibrary.load() }
            guard let found = av_find_input_format(format) else {
                throw AVError(operation: "no input format named \(format)", code: convene_averror(ENOSYS))
            }
            inputFormat = UnsafePointer(found)
        }
        let dictionary = try OptionDictionary(options)
        var context = avformat_alloc_context()
        guard let allocated = context else { throw .noMemory("avformat_alloc_context") }
        interrupt?.install(in: allocated)
        nested?.install(in: allocated)
        // Frees the context where it fails.
        try check(avformat_open_input(&context, name, inputFormat, dictionary.address), "open \(name)")
        guard let open = context else { throw .noMemory("avformat_open_input") }
        let code = avformat_find_stream_info(open, nil)
        if code < 0 {
            avformat_close_input(&context)
            throw AVError(operation: "read \(name)", code: code)
        }
        pointer = open
        self.interrupt = interrupt
        self.nested = nested
    }

    deinit {
        var owned: UnsafeMutablePointer<AVFormatContext>? = pointer
        avformat_close_input(&owned)
    }
}

/// Holds the question that FFmpeg asks while it blocks.
final class Interrupt: Sendable {
    let isInterrupted: @Sendable () -> Bool

    init(_ isInterrupted: @escaping @Sendable () -> Bool) { self.isInterrupted = isInterrupted }

    /// The context keeps no reference: whoever owns it keeps this object as long.
    func install(in context: UnsafeMutablePointer<AVFormatContext>) {
        context.pointee.interrupt_callback.opaque = Unmanaged.passUnretained(self).toOpaque()
        context.pointee.interrupt_callback.callback = { opaque in
            guard let opaque else { return 0 }
            return Unmanaged<Interrupt>.fromOpaque(opaque).takeUnretainedValue().isInterrupted() ? 1 : 0
        }
    }
}

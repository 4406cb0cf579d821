import CFFmpeg

/// The first error of writing. Confined to the thread of its muxer.
final class WriteFailure {
    private(set) var code: Int32 = 0

    func note(_ code: Int32) { if self.code == 0 { self.code = code } }
}

/// An `AVFormatContext` for writing a file, and its only owner.
struct FileContextOwner: ~Copyable {
    let pointer: UnsafeMutablePointer<AVFormatContext>
    /// What the files that the format opens itself, such as segments, could not take.
    let failure = WriteFailure()

    init(address: String, format: String) throws(AVError) {
        var context: UnsafeMutablePointer<AVFormatContext>?
        try check(
            avformat_alloc_output_context2(&context, nil, format, address),
            "avformat_alloc_output_context2(\(format))")
        guard let context else { throw .noMemory("avformat_alloc_output_context2") }
        pointer = context
        // Muxers of several files pass both on to the muxers of each, and forget what closing says.
        context.pointee.opaque = Unmanaged.passUnretained(failure).toOpaque()
        context.pointee.io_close2 = { context, io in
            guard let io else { return 0 }
            avio_flush(io)
            let error = io.pointee.write_flag != 0 ? io.pointee.error : 0
            let code = min(error, avio_close(io))
            if code < 0, let opaque = context?.pointee.opaque {
                Unmanaged<WriteFailure>.fromOpaque(opaque).takeUnretainedValue().note(code)
            }
            return code
        }
    }

    /// Opens the file, where the format does not open its files itself.
    func open(_ address: String) throws(AVError) {
        if pointer.pointee.oformat.pointee.flags & AVFMT_NOFILE != 0 { return }
        try check(avio_open(&pointer.pointee.pb, address, AVIO_FLAG_WRITE), "avio_open(\(address))")
    }

    deinit {
        if pointer.pointee.oformat.pointee.flags & AVFMT_NOFILE == 0 { avio_closep(&pointer.pointee.pb) }
        avformat_free_context(pointer)
    }
}

import CFFmpeg

/// An `AVFormatContext` for writing a file, and its only owner.
struct FileContextOwner: ~Copyable {
    let pointer: UnsafeMutablePointer<AVFormatContext>

    init(address: String, format: String) throws(AVError) {
        var context: UnsafeMutablePointer<AVFormatContext>?
        try check(
            avformat_alloc_output_context2(&context, nil, format, address),
            "avformat_alloc_output_context2(\(format))")
        guard let context else { throw .noMemory("avformat_alloc_output_context2") }
        pointer = context
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

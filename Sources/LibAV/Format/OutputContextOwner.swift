import CFFmpeg

/// Where a muxer's bytes gather.
final class OutputBytes {
    var bytes: [UInt8] = []
}

/// An `AVFormatContext` for writing, and its only owner.
struct OutputContextOwner: ~Copyable {
    let pointer: UnsafeMutablePointer<AVFormatContext>
    let output = OutputBytes()
    private static let bufferSize: Int32 = 65536

    init(format: String) throws(AVError) {
        var context: UnsafeMutablePointer<AVFormatContext>?
        try check(
            avformat_alloc_output_context2(&context, nil, format, nil),
            "avformat_alloc_output_context2(\(format))")
        guard let context else { throw .noMemory("avformat_alloc_output_context2") }
        pointer = context
    }

    deinit {
        if let io = pointer.pointee.pb {
            av_freep(&io.pointee.buffer)
            avio_context_free(&pointer.pointee.pb)
        }
        avformat_free_context(pointer)
    }

    func attachOutput() throws(AVError) {
        guard let buffer = av_malloc(Int(Self.bufferSize)) else { throw .noMemory("av_malloc") }
        let io = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), Self.bufferSize, 1,
            Unmanaged.passUnretained(output).toOpaque(), nil,
            { opaque, bytes, count in
                guard let opaque, let bytes else { return convene_averror_nomem }
                let output = Unmanaged<OutputBytes>.fromOpaque(opaque).takeUnretainedValue()
                output.bytes.append(contentsOf: UnsafeBufferPointer(start: bytes, count: Int(count)))
                return count
            }, nil)
        guard let io else {
            av_free(buffer)
            throw .noMemory("avio_alloc_context")
        }
        io.pointee.seekable = 0
        pointer.pointee.pb = io
        pointer.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
    }
}

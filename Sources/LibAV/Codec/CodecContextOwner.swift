import CFFmpeg

/// An `AVCodecContext` and its only owner, not open yet.
struct CodecContextOwner: ~Copyable {
    let pointer: UnsafeMutablePointer<AVCodecContext>

    init(_ codec: UnsafePointer<AVCodec>) throws(AVError) {
        guard let context = avcodec_alloc_context3(codec) else { throw .noMemory("avcodec_alloc_context3") }
        pointer = context
    }

    deinit {
        var owned: UnsafeMutablePointer<AVCodecContext>? = pointer
        avcodec_free_context(&owned)
    }
}

internal import CFFmpeg

/// A conversion of libswresample's and its only owner: any sound to interleaved floats of one rate.
///
/// Confined to one thread at a time. It adapts itself to whatever frame comes in.
public struct ResamplerContext: ~Copyable, @unchecked Sendable {
    // SAFETY: one owner, which Swift enforces; libswresample contexts may move between threads.
    private var pointer: OpaquePointer?
    private var input: (format: Int32, rate: Int, channels: Int) = (-1, 0, 0)
    private let sampleRate: Int
    private let channels: Int

    /// A converter to `sampleRate` samples a second and `channels` channels.
    public init(sampleRate: Int, channels: Int) {
        self.sampleRate = sampleRate
        self.channels = channels
    }

    deinit {
        var owned = pointer
        swr_free(&owned)
    }

    /// The samples of `frame` after conversion, interleaved. May be fewer or more than the ratio says: the filter
    /// keeps some back; ``drain()`` gives them at the end.
    public mutating func convert(_ frame: borrowing OwnedFrame) throws(AVError) -> [Float] {
        try adapt(to: frame)
        guard let pointer else { return [] }
        let capacity = Int(swr_get_out_samples(pointer, Int32(frame.sampleCount)))
        let planes = UnsafeMutableRawPointer(frame.pointer.pointee.extended_data)?
            .assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
        return try Self.collect(pointer, capacity, channels, planes, Int32(frame.sampleCount))
    }

    /// The samples that the filter still holds back. After it, the converter starts anew.
    public mutating func drain() throws(AVError) -> [Float] {
        guard let context = pointer else { return [] }
        let capacity = Int(swr_get_out_samples(context, 0))
        let rest = try Self.collect(context, capacity, channels, nil, 0)
        swr_free(&pointer)
        input = (-1, 0, 0)
        return rest
    }

    /// How much of the input, in nanoseconds, the filter holds back now.
    public var delayInNanoseconds: Int64 { pointer.map { swr_get_delay($0, 1_000_000_000) } ?? 0 }

    private mutating func adapt(to frame: borrowing OwnedFrame) throws(AVError) {
        let now = (frame.pointer.pointee.format, frame.sampleRate, frame.channels)
        guard pointer == nil || now != input else { return }
        swr_free(&pointer)
        var target = AVChannelLayout()
        av_channel_layout_default(&target, Int32(clamping: channels))
        defer { av_channel_layout_uninit(&target) }
        try check(
            swr_alloc_set_opts2(
                &pointer, &target, AV_SAMPLE_FMT_FLT, Int32(clamping: sampleRate),
                &frame.pointer.pointee.ch_layout,
                AVSampleFormat(now.0), Int32(clamping: now.1), 0, nil), "swr_alloc_set_opts2")
        try check(swr_init(pointer), "swr_init")
        input = now
    }

    private static func collect(
        _ context: OpaquePointer, _ capacity: Int, _ channels: Int,
        _ planes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ count: Int32
    ) throws(AVError) -> [Float] {
        guard capacity > 0 else { return [] }
        var code: Int32 = 0
        let samples = [Float](unsafeUninitializedCapacity: capacity * channels) { buffer, initialized in
            buffer.withMemoryRebound(to: UInt8.self) { bytes in
                var target = bytes.baseAddress
                code = swr_convert(context, &target, Int32(clamping: capacity), planes, count)
            }
            initialized = max(0, Int(code)) * channels
        }
        try check(code, "swr_convert")
        return samples
    }
}

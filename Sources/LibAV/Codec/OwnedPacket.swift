internal import CFFmpeg
public import Media

/// An `AVPacket` and its only owner.
///
/// Not for two threads at once; may be moved between threads.
public struct OwnedPacket: ~Copyable, @unchecked Sendable {
    // SAFETY: the packet has one owner, which Swift enforces; nothing else keeps the pointer.
    let pointer: UnsafeMutablePointer<AVPacket>

    /// An empty packet.
    /// - Throws: only where memory ends.
    public init() throws(AVError) {
        guard let pointer = av_packet_alloc() else { throw .noMemory("av_packet_alloc") }
        self.pointer = pointer
    }

    /// A packet with a copy of `packet`'s payload, padded as decoders need it.
    public init(copying packet: Packet) throws(AVError) {
        try self.init(
            copying: packet.payload, pts: packet.pts, dts: packet.dts, duration: packet.duration,
            isKeyframe: packet.isKeyframe)
    }

    /// A packet with a copy of `payload`, padded as decoders need it. Time stamps are in the stream's time base.
    public init(
        copying payload: any PayloadStorage, pts: Int64?, dts: Int64?, duration: Int64 = 0,
        isKeyframe: Bool = false
    ) throws(AVError) {
        let packet = try OwnedPacket()
        try packet.refill(with: payload)
        packet.pts = pts
        packet.dts = dts
        packet.duration = duration
        packet.isKeyframe = isKeyframe
        self = packet
    }

    /// Gives it other bytes; time stamps and flags stay. The memory is used again if it suffices and nobody else refers
    /// to it.
    /// - Parameters:
    ///   - capacity: the bytes that `fill` gets to write into.
    ///   - fill: returns how many it has written, from the first on.
    public func refill(
        capacity: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int
    ) throws(AVError) {
        guard let size = Int32(exactly: capacity) else { throw .noMemory("av_buffer_alloc(\(capacity))") }
        let padding = Int(AV_INPUT_BUFFER_PADDING_SIZE)
        let known = pointer.pointee.buf
        let isEnough = known.map { $0.pointee.size >= capacity + padding && av_buffer_is_writable($0) == 1 }
        if isEnough != true {
            av_buffer_unref(&pointer.pointee.buf)
            pointer.pointee.buf = av_buffer_alloc(Int(size) + padding)
        }
        guard let memory = pointer.pointee.buf?.pointee.data else {
            (pointer.pointee.data, pointer.pointee.size) = (nil, 0)
            throw .noMemory("av_buffer_alloc(\(size))")
        }
        let count = fill(UnsafeMutableRawBufferPointer(start: memory, count: capacity))
        precondition((0...capacity).contains(count), "more was written than there is room for")
        memset(memory + count, 0, padding)
        (pointer.pointee.data, pointer.pointee.size) = (memory, Int32(count))
    }

    /// Gives it a copy of `payload`, see ``refill(capacity:_:)``.
    public func refill(with payload: any PayloadStorage) throws(AVError) {
        try refill(capacity: payload.count) { memory in
            payload.withUnsafeBytes { memory.copyMemory(from: $0) }
            return payload.count
        }
    }

    /// Another reference to the bytes of `packet`, which are shared, not copied. Time stamps are its own.
    public init(referencing packet: borrowing OwnedPacket) throws(AVError) {
        let result = try OwnedPacket()
        try check(av_packet_ref(result.pointer, packet.pointer), "av_packet_ref")
        self = result
    }

    /// Takes the contents out of `packet`, which is empty then.
    public init(taking packet: borrowing OwnedPacket) throws(AVError) {
        let result = try OwnedPacket()
        av_packet_move_ref(result.pointer, packet.pointer)
        self = result
    }

    deinit {
        var owned: UnsafeMutablePointer<AVPacket>? = pointer
        av_packet_free(&owned)
    }

    /// Presentation time in the stream's time base.
    public var pts: Int64? {
        get { pointer.pointee.pts == convene_nopts ? nil : pointer.pointee.pts }
        nonmutating set { pointer.pointee.pts = newValue ?? convene_nopts }
    }

    /// Decoding time in the stream's time base.
    public var dts: Int64? {
        get { pointer.pointee.dts == convene_nopts ? nil : pointer.pointee.dts }
        nonmutating set { pointer.pointee.dts = newValue ?? convene_nopts }
    }

    /// Duration in the stream's time base, 0 where it is not known.
    public var duration: Int64 {
        get { pointer.pointee.duration }
        nonmutating set { pointer.pointee.duration = newValue }
    }

    /// Index of the stream that the packet belongs to.
    public var streamIndex: Int {
        get { Int(pointer.pointee.stream_index) }
        nonmutating set { pointer.pointee.stream_index = Int32(clamping: newValue) }
    }

    /// Whether decoding can start here.
    public var isKeyframe: Bool {
        get { pointer.pointee.flags & AV_PKT_FLAG_KEY != 0 }
        nonmutating set {
            if newValue {
                pointer.pointee.flags |= AV_PKT_FLAG_KEY
            } else {
                pointer.pointee.flags &= ~AV_PKT_FLAG_KEY
            }
        }
    }

    /// Whether it is only decoded for those behind it, as an edit list says; what comes out is not shown.
    public var isDiscarded: Bool { pointer.pointee.flags & AV_PKT_FLAG_DISCARD != 0 }

    /// Number of bytes.
    public var count: Int { Int(pointer.pointee.size) }

    /// Calls `body` with the bytes, valid only until it returns.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
    {
        try body(UnsafeRawBufferPointer(start: pointer.pointee.data, count: count))
    }

    /// The payload without a copy: it keeps FFmpeg's reference-counted buffer.
    /// - Throws: where memory ends.
    public func sharedPayload() throws(AVError) -> any PayloadStorage {
        try check(av_packet_make_refcounted(pointer), "av_packet_make_refcounted")
        guard let buffer = av_buffer_ref(pointer.pointee.buf) else { throw .noMemory("av_buffer_ref") }
        return SharedBuffer(
            reference: buffer, bytes: UnsafeRawBufferPointer(start: pointer.pointee.data, count: count))
    }

    /// Converts time stamps and duration from one time base to another.
    public func rescale(from source: TimeBase, to target: TimeBase) {
        av_packet_rescale_ts(pointer, source.rational, target.rational)
    }

    /// Forgets the contents, so that the packet can be filled again.
    public func reset() { av_packet_unref(pointer) }
}

/// A reference to an `AVBufferRef` whose bytes nobody writes any more.
private final class SharedBuffer: PayloadStorage, @unchecked Sendable {
    // SAFETY: reference counts of AVBufferRef are atomic, and a packet's bytes are not written once it was made.
    private let reference: UnsafeMutablePointer<AVBufferRef>
    private let bytes: UnsafeRawBufferPointer

    init(reference: UnsafeMutablePointer<AVBufferRef>, bytes: UnsafeRawBufferPointer) {
        self.reference = reference
        self.bytes = bytes
    }

    deinit {
        var owned: UnsafeMutablePointer<AVBufferRef>? = reference
        av_buffer_unref(&owned)
    }

    var count: Int { bytes.count }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(bytes)
    }
}

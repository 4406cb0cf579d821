package import Wire

/// Finds the frames in a stream of bytes, however it is chunked, for those who only count: of media the header is read
/// and the payload skipped, nothing is copied; control messages are gathered.
package struct FrameScanner {
    /// One complete frame.
    package enum Item: Equatable {
        /// A media packet, with the bytes of its whole frame.
        case media(track: UInt32, sequence: UInt32, isKeyframe: Bool, bytes: Int)
        /// The JSON text of a control message.
        case control([UInt8])
    }

    /// Length and kind.
    private static let prefixBytes = 5
    /// The same and the media header up to its flags.
    private static let mediaBytes = prefixBytes + 25

    private var head: [UInt8] = []
    private var json: [UInt8] = []
    private var length = 0
    private var left = 0

    /// A scanner at the beginning of a stream.
    package init() { head.reserveCapacity(Self.mediaBytes) }

    /// Takes the next bytes and calls `take` for each frame that ends in them.
    /// - Throws: `frame_too_large` or `bad_frame`; the stream cannot be resumed.
    package mutating func scan(
        _ bytes: UnsafeRawBufferPointer, _ take: (Item) -> Void
    ) throws(WireError) {
        var position = 0
        while position < bytes.count {
            if left == 0 {
                try readHead(bytes, &position)
            } else {
                let step = min(left, bytes.count - position)
                if isControl { json.append(contentsOf: bytes[position..<position + step]) }
                position += step
                left -= step
            }
            if left == 0, length > 0 { finish(take) }
        }
    }

    private var isControl: Bool { head.count >= Self.prefixBytes && head[4] == Frame.Kind.control }

    private mutating func readHead(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(WireError) {
        while position < bytes.count {
            head.append(bytes[position])
            position += 1
            if head.count == Self.prefixBytes {
                try checkPrefix()
                if isControl { break }
            }
            if head.count == Self.mediaBytes { break }
        }
        guard head.count >= Self.prefixBytes, isControl || head.count == Self.mediaBytes else { return }
        length = integer(0)
        left = 4 + length - head.count
    }

    private func checkPrefix() throws(WireError) {
        let length = integer(0)
        let isMedia = head[4] == Frame.Kind.media
        guard isMedia || isControl, length > (isMedia ? WireLimits.mediaHeaderBytes + 1 : 1) else {
            throw WireError(.badFrame, "A frame of kind \(head[4]) has the length \(length).")
        }
        let limit = isMedia ? WireLimits.maximumFrameLength : WireLimits.maximumControlBytes + 1
        guard length <= limit else {
            throw WireError(.frameTooLarge, "A frame has \(length) bytes; at most \(limit) are allowed.")
        }
    }

    private mutating func finish(_ take: (Item) -> Void) {
        if isControl {
            take(.control(json))
            json = []
        } else {
            take(
                .media(
                    track: UInt32(integer(5)), sequence: UInt32(integer(9)), isKeyframe: head[29] & 1 != 0,
                    bytes: 4 + length))
        }
        head.removeAll(keepingCapacity: true)
        length = 0
    }

    /// The 32 bits at `offset` of the head, big-endian.
    private func integer(_ offset: Int) -> Int {
        head[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

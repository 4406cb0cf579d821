import Media
import NIOCore
import Testing
import Wire

@Suite struct FrameDecoderTests {
    /// The same bytes stand in PROTOCOL.md.
    static let goldenControl: [UInt8] =
        [0x00, 0x00, 0x00, 0x1F, 0x01] + Array(#"{"type":"ping","time":1000000}"#.utf8)
    /// The same bytes stand in PROTOCOL.md.
    static let goldenMedia: [UInt8] = [
        0x00, 0x00, 0x00, 0x23, 0x02,  // length 35, kind 2
        0x00, 0x00, 0x00, 0x07,  // track 7
        0x00, 0x00, 0x00, 0x02,  // sequence 2
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x17, 0x70,  // dts 6000
        0x00, 0x00, 0x00, 0x00,  // pts - dts 0
        0x00, 0x00, 0x0B, 0xB8,  // duration 3000
        0x01, 0x00, 0x00, 0x00,  // keyframe
        0x00, 0x00, 0x00, 0x01, 0x65, 0x88,  // payload
    ]

    @Test func controlFrameHasItsGoldenBytes() throws {
        #expect(Array(ClientMessage.ping(time: 1_000_000).encoded().readableBytesView) == Self.goldenControl)
        let decoded = try frame(ByteBuffer(bytes: Self.goldenControl))
        guard case .control(let json) = decoded.body else { throw WireError(.badFrame, "not control") }
        #expect(try ClientMessage(json: json) == .ping(time: 1_000_000))
    }

    @Test func aRequestToRecordHasItsGoldenBytes() throws {
        let text = #"{"type":"record","action":"start"}"#
        let golden = [0, 0, 0, 35, 1] + Array(text.utf8)
        #expect(Array(ClientMessage.record(.start).encoded().readableBytesView) == golden)
    }

    @Test func mediaFrameHasItsGoldenBytes() throws {
        let packet = Packet(
            pts: 6000, dts: 6000, duration: 3000, flags: .keyframe,
            payload: [0, 0, 0, 1, 0x65, 0x88] as [UInt8])
        let header = MediaHeader(track: TrackID(rawValue: 7), sequence: 2, packet: packet)
        let encoded = try FrameEncoder.media(header, payload: packet.bytes())
        #expect(Array(encoded.readableBytesView) == Self.goldenMedia)
        let decoded = try frame(encoded)
        guard case .media(let read, let payload) = decoded.body else {
            throw WireError(.badFrame, "not media")
        }
        #expect(read == header)
        #expect(Array(payload.readableBytesView) == packet.bytes())
        #expect(decoded.bytes == encoded)
        #expect(read.packet(payload: payload).bytes() == packet.bytes())
    }

    @Test func oneByteAtATimeGivesTheSameFrames() throws {
        var decoder = FrameDecoder()
        var frames: [Frame] = []
        for byte in Self.goldenControl + Self.goldenMedia + Self.goldenControl {
            decoder.append(ByteBuffer(bytes: [byte]))
            frames += try drain(&decoder)
        }
        #expect(frames.map { Array($0.bytes.readableBytesView).count } == [35, 39, 35])
        #expect(decoder.bufferedBytes == 0)
    }

    @Test func everyChunkingGivesTheSameBytes() throws {
        var generator = SeededGenerator(state: 7)
        var stream = ByteBuffer()
        for index in 0..<200 {
            let size = Int.random(in: 1...5000, using: &generator)
            stream.writeImmutableBuffer(
                try mediaFrame(sequence: UInt32(index), dts: Int64(index), count: size))
        }
        for _ in 0..<20 {
            var rest = stream
            var decoder = FrameDecoder()
            var output = ByteBuffer()
            while rest.readableBytes > 0 {
                let size = min(rest.readableBytes, Int.random(in: 1...9000, using: &generator))
                if let chunk = rest.readSlice(length: size) { decoder.append(chunk) }
                for frame in try drain(&decoder) { output.writeImmutableBuffer(frame.bytes) }
            }
            #expect(output == stream)
        }
    }

    @Test func everyTruncationWaitsForMore() throws {
        for golden in [Self.goldenControl, Self.goldenMedia] {
            for count in 0..<golden.count {
                var decoder = FrameDecoder()
                decoder.append(ByteBuffer(bytes: golden.prefix(count)))
                #expect(try decoder.next() == nil)
            }
        }
    }

    @Test func lengthAtTheLimitPassesAndOneMoreIsRefusedAtTheHeader() throws {
        var decoder = FrameDecoder()
        decoder.append(try mediaFrame(count: WireLimits.maximumFrameLength - 29))
        #expect(try decoder.next() != nil)

        var refusing = FrameDecoder()
        refusing.append(ByteBuffer(integer: UInt32(WireLimits.maximumFrameLength + 1)))
        #expect(throws: WireError.self) { try refusing.next() }
        #expect(refusing.bufferedBytes == 0)
        refusing.append(ByteBuffer(bytes: Self.goldenControl))
        #expect(throws: WireError.self) { try refusing.next() }
        #expect(throws: WireError.self) {
            try mediaFrame(count: WireLimits.maximumFrameLength - 28)
        }
    }

    @Test(arguments: [
        ([0, 0, 0, 0], ErrorCode.badFrame),  // no kind
        ([0, 0, 0, 1, 0], .badFrame),  // unknown kinds
        ([0, 0, 0, 1, 3], .badFrame),
        ([0, 0, 0, 29, 2], .badFrame),  // a media header without a payload
        ([0, 0, 0, 1, 2], .badFrame),
        ([0, 1, 0, 2, 1], .frameTooLarge),  // a control message of 65537 bytes
        ([0xFF, 0xFF, 0xFF, 0xFF], .frameTooLarge),
    ])
    func badHeadersAreRefused(bytes: [UInt8], code: ErrorCode) throws {
        var decoder = FrameDecoder()
        decoder.append(ByteBuffer(bytes: bytes))
        let error = #expect(throws: WireError.self) { try decoder.next() }
        #expect(error?.code == code)
    }

    @Test func controlAtItsLimitPasses() throws {
        let padding = String(repeating: " ", count: WireLimits.maximumControlBytes - 14)
        let decoded = try controlFrame(#"{"type":"bye"}"# + padding)
        guard case .control(let json) = decoded.body else { throw WireError(.badFrame, "not control") }
        #expect(try ClientMessage(json: json) == .bye(reason: nil))
    }

    @Test func smallFrameDoesNotHoldALargeReceiveBuffer() throws {
        var chunk = ByteBufferAllocator().buffer(capacity: 65_536)
        chunk.writeBytes(Self.goldenMedia)
        var decoder = FrameDecoder()
        decoder.append(chunk)
        let frame = try decoder.next()
        #expect((frame?.bytes.storageCapacity ?? .max) < 256)
    }

    @Test func smallFrameAmongOthersDoesNotHoldTheReceiveBuffer() throws {
        var chunk = ByteBuffer()
        chunk.writeImmutableBuffer(try mediaFrame(track: 1, count: 10))
        chunk.writeImmutableBuffer(try mediaFrame(track: 2, count: 60_000))
        var decoder = FrameDecoder()
        decoder.append(chunk)
        let frames = try drain(&decoder)
        #expect(frames.count == 2)
        #expect((frames.first?.bytes.storageCapacity ?? .max) < 256)
        guard case .media(_, let payload)? = frames.first?.body else {
            Issue.record("no media")
            return
        }
        #expect(payload.storageCapacity < 256)
        #expect(Array(payload.readableBytesView) == [UInt8](repeating: 0xAB, count: 10))
    }

    @Test func unwelcomeMediaIsRefusedAtItsHeader() throws {
        var decoder = FrameDecoder()
        decoder.mediaRefusal = WireError(.badState, "not now")
        decoder.append(ByteBuffer(bytes: Self.goldenControl))
        #expect(try decoder.next() != nil)
        decoder.append(ByteBuffer(bytes: Self.goldenMedia.prefix(5)))
        let error = #expect(throws: WireError.self) { try decoder.next() }
        #expect(error?.code == .badState)
    }

    @Test func memoryStaysBoundedWhenEveryChunkEndsInsideAFrame() throws {
        var decoder = FrameDecoder()
        let two = try mediaFrame(count: 100)
        let half = two.readableBytes / 2
        var largest = 0
        decoder.append(two.getSlice(at: 0, length: half) ?? two)
        for _ in 0..<2000 {
            var chunk = two.getSlice(at: half, length: two.readableBytes - half) ?? two
            chunk.writeImmutableBuffer(two.getSlice(at: 0, length: half) ?? two)
            decoder.append(chunk)
            for frame in try drain(&decoder) { largest = max(largest, frame.bytes.storageCapacity) }
        }
        #expect(largest < 2048)
    }

    @Test func randomBytesNeverTrap() {
        var generator = SeededGenerator(state: 42)
        for _ in 0..<2000 {
            var decoder = FrameDecoder()
            for _ in 0..<4 {
                var bytes = (0..<Int.random(in: 1...200, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                if Bool.random(using: &generator) {
                    bytes.replaceSubrange(0..<min(3, bytes.count), with: [0, 0, 0])
                }
                decoder.append(ByteBuffer(bytes: bytes))
                _ = try? drain(&decoder)
            }
        }
    }
}

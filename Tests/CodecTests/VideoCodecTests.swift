import Codec
import Media
import MediaTesting
import Testing

@Suite("Video encoder and decoder")
struct VideoCodecTests {
    /// 2.5 Mbit/s for 640x360 at 30 pictures a second leaves x264's ultrafast preset well above it (about 45 dB); below
    /// it a viewer sees blocks.
    private static let leastPSNR = 35.0

    private func settings(
        width: Int = 320, height: Int = 180, bitRate: Int = 500_000, interval: Double = 2,
        preset: String = "veryfast"
    ) -> VideoEncoding {
        VideoEncoding(
            width: width, height: height, frameRate: 30, bitRate: bitRate, keyframeInterval: interval,
            preset: preset)
    }

    private func unit(_ packet: Packet) -> AccessUnit {
        packet.payload.withUnsafeBytes { AccessUnit(annexB: $0) }
    }

    @Test(arguments: ["ultrafast", "veryfast", "medium"])
    func whatWasEncodedIsDecodedAlmostUnchanged(preset: String) throws {
        let stream = try EncodedStream.pattern(
            width: 640, height: 360, count: 40, bitRate: 2_500_000, preset: preset)
        let decoder = try VideoDecoder(stream.description)
        var decoded: [DecodedPicture] = []
        for packet in stream.packets { decoded += try decoder.decode(packet) }
        decoded += try decoder.finish()
        #expect(decoded.map(\.pts) == stream.packets.map(\.pts))
        #expect(decoded.count == 40 && !decoded.contains(where: \.isCorrupt))
        for (picture, original) in zip(decoded, stream.pictures) {
            let quality = PictureQuality.psnr(picture.frame, original)
            #expect(quality > Self.leastPSNR, "\(quality) dB at \(picture.pts)")
        }
    }

    @Test func theDecoderKeepsNoPictureBack() throws {
        let stream = try EncodedStream.pattern(count: 20, preset: "medium")
        let decoder = try VideoDecoder(stream.description)
        for packet in stream.packets { #expect(try decoder.decode(packet).count == 1) }
        #expect(try decoder.finish().isEmpty)
    }

    @Test(arguments: ["ultrafast", "veryfast", "slow"])
    func everyPictureGivesOnePacketAtOnce(preset: String) throws {
        let encoder = try VideoEncoder(settings(preset: preset))
        let frame = RawH264.grey(width: 320, height: 180, format: .yuv420p)
        for index in 0..<40 {
            let packets = try encoder.encode(frame, pts: Int64(index) * 3000)
            #expect(packets.count == 1)
            #expect(
                packets.allSatisfy {
                    $0.pts == Int64(index) * 3000 && $0.dts == $0.pts && $0.duration == 3000
                })
        }
        #expect(try encoder.finish().isEmpty)
    }

    @Test(arguments: ["ultrafast", "veryfast"])
    func keyframesAreIDRsWithTheirParameterSets(preset: String) throws {
        let stream = try EncodedStream.pattern(count: 90, keyframeInterval: 1, preset: preset)
        for (index, packet) in stream.packets.enumerated() {
            let unit = unit(packet)
            #expect(packet.isKeyframe == (index % 30 == 0), "packet \(index)")
            #expect(unit.isIDR == packet.isKeyframe)
            #expect((unit.configuration != nil) == packet.isKeyframe)
            #expect(packet.flags.contains(.droppable) == unit.isDroppable)
        }
    }

    @Test func aRequestMakesTheNextPictureAKeyframe() throws {
        let encoder = try VideoEncoder(settings(interval: 60))
        let frame = RawH264.grey(width: 320, height: 180, format: .yuv420p)
        var keyframes: [Int] = []
        for index in 0..<30 {
            if [7, 8, 20].contains(index) { encoder.keyframes.set() }
            let packets = try encoder.encode(frame, pts: Int64(index) * 3000)
            if packets.contains(where: { $0.isKeyframe && unit($0).isIDR && unit($0).configuration != nil }) {
                keyframes.append(index)
            }
        }
        #expect(keyframes == [0, 7, 8, 20])
    }

    @Test func timeStampsThatDoNotAdvanceAreMovedBehindTheLast() throws {
        let encoder = try VideoEncoder(settings())
        let frame = RawH264.grey(width: 320, height: 180, format: .yuv420p)
        let packets = try [0, 3000, 3000, 10, 9000].flatMap { try encoder.encode(frame, pts: $0) }
        #expect(packets.map(\.pts) == [0, 3000, 3001, 3002, 9000])
    }

    @Test(arguments: [(PixelFormat.nv12, 320, 180), (.yuv422p, 320, 180), (.yuv444p, 321, 181)])
    func otherLayoutsAreEncodedAsTheyAre(format: PixelFormat, width: Int, height: Int) throws {
        let encoder = try VideoEncoder(settings(width: width, height: height), pixelFormat: format)
        let packets = try encoder.encode(RawH264.grey(width: width, height: height, format: format), pts: 0)
        let description = TrackDescription(
            codec: .h264, timeBase: .video,
            format: .video(.init(width: width, height: height, frameRate: 30)),
            source: "camera")
        let decoder = try VideoDecoder(description)
        let decoded = try packets.flatMap { try decoder.decode($0) } + decoder.finish()
        let picture = try #require(decoded.first?.frame)
        #expect((picture.width, picture.height) == (width, height))
        #expect(abs(Int(picture.sample(plane: 0, x: width - 1, y: height - 1)) - 128) <= 2)
    }

    @Test func refusedSettingsNameTheReason() {
        func reason(_ settings: VideoEncoding) -> String {
            do {
                _ = try VideoEncoder(settings)
                return "accepted"
            } catch { return error.description }
        }
        #expect(reason(settings(width: 321)).contains("not divisible by 2"))
        let preset = reason(settings(preset: "hyperfast"))
        #expect(preset.contains("hyperfast") && preset.contains("libx264"), "\(preset)")
        let size = reason(settings(width: 0, height: 0))
        #expect(size.contains("libx264") && size != "accepted", "\(size)")
    }

    @Test func aDamagedPacketIsReportedAndTheNextKeyframeDecodes() throws {
        let stream = try EncodedStream.pattern(count: 60, keyframeInterval: 1)
        let decoder = try VideoDecoder(stream.description)
        var random = SeededGenerator(seed: 5)
        var damaged = 0
        var pictures: [DecodedPicture] = []
        for (index, packet) in stream.packets.enumerated() {
            var packet = packet
            if (5..<10).contains(index) { packet.payload = random.bytes(200) }
            do { pictures += try decoder.decode(packet) } catch {
                #expect(error.isDamage)
                damaged += 1
            }
        }
        #expect(damaged > 0)
        let clean = pictures.filter { $0.pts >= stream.packets[30].pts }
        #expect(clean.count == 30 && !clean.contains(where: \.isCorrupt))
        for (picture, original) in zip(clean, stream.pictures[30...]) {
            #expect(PictureQuality.psnr(picture.frame, original) > Self.leastPSNR - 5)
        }
    }

    @Test func aMillionUnitsInAPictureAreRefusedAndTheNextOneIsDecoded() throws {
        let stream = try EncodedStream.pattern(count: 2, keyframeInterval: 1.0 / 30)
        let decoder = try VideoDecoder(stream.description)
        var packet = stream.packets[0]
        packet.payload = Array(repeatElement([0, 0, 1, 0x41] as [UInt8], count: 1_000_000).joined())
        #expect { try decoder.decode(packet) } throws: { ($0 as? CodecError)?.isDamage == true }
        var pictures = try decoder.decode(stream.packets[1])
        pictures += try decoder.finish()
        #expect(pictures.count == 1)
    }

    @Test func damagedStreamsNeverTrapTheDecoder() throws {
        let stream = try EncodedStream.pattern(count: 30)
        let decoder = try VideoDecoder(stream.description)
        var random = SeededGenerator(seed: 6)
        for _ in 0..<10 {
            for packet in stream.packets {
                var bytes = packet.bytes()
                for _ in 0..<3 { bytes[Int(random.next() % UInt64(bytes.count))] = random.bytes(1)[0] }
                if random.next() % 4 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
                var packet = packet
                packet.payload = bytes
                _ = try? decoder.decode(packet)
            }
        }
    }

    @Test func camerasJPEGsAreDecodedAndGarbageIsReported() throws {
        let jpeg = try StillPicture.encoded(
            RawH264.grey(width: 64, height: 48, format: .yuv422p), encoder: "mjpeg")
        let decoder = try VideoDecoder.motionJPEG()
        let good = Packet(pts: 5, dts: 5, duration: 0, flags: .keyframe, payload: jpeg)
        let pictures = try decoder.decode(good)
        #expect(pictures.map(\.pts) == [5])
        #expect(
            pictures.allSatisfy { $0.frame.width == 64 && $0.frame.height == 48 && $0.frame.range == .full })
        let bad = Packet(
            pts: 6, dts: 6, duration: 0, flags: .keyframe, payload: [UInt8](repeating: 3, count: 100))
        #expect(throws: CodecError.self) { try decoder.decode(bad) }
        #expect(try decoder.decode(good).count == 1)
    }
}

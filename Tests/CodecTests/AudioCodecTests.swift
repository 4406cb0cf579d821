import Codec
import Glibc
import Measure
import Media
import MediaTesting
import Testing

@Suite("Audio encoder and decoder")
struct AudioCodecTests {
    /// The beep detector is good to about 1 ms, and Opus at 48 kbit/s smears an onset by less.
    private static let onsetTolerance = 0.002

    private func decode(_ stream: EncodedStream, channels: Int = 1) throws -> [DecodedSound] {
        let decoder = try AudioDecoder(stream.description, sampleRate: 48_000, channels: channels)
        return try stream.packets.flatMap { try decoder.decode($0) } + decoder.finish()
    }

    private func beeps(_ sounds: [DecodedSound], channels: Int = 1) -> [Double] {
        var detector = BeepDetector()
        return sounds.flatMap { sound in
            let time = MonotonicTime(nanoseconds: TimeBase.opus.rescale(sound.pts, to: .nanoseconds))
            let frame = AudioFrame(sampleRate: 48_000, channels: channels, time: time, samples: sound.samples)
            return detector.feed(frame).map { Double($0.nanoseconds) / 1e9 }
        }
    }

    private func packets(_ encoder: AudioEncoder, _ parts: [(pts: Int64, count: Int)]) throws -> [Packet] {
        try parts.flatMap { try encoder.encode([Float](repeating: 0.1, count: $0.count), pts: $0.pts) }
    }

    @Test(arguments: [(1, 24_000), (1, 48_000), (2, 96_000)])
    func beepsStandWhereTheyWereAfterOpus(channels: Int, bitRate: Int) throws {
        let stream = try EncodedStream.tone(milliseconds: 4000, channels: channels, bitRate: bitRate)
        let found = beeps(try decode(stream, channels: channels), channels: channels)
        #expect(found.count == 4)
        // The standing clock is 300 ms before the first.
        for (onset, expected) in zip(found, [0.3, 1.3, 2.3, 3.3]) {
            #expect(abs(onset - expected) < Self.onsetTolerance, "\(onset)")
        }
    }

    @Test func decodedSoundIsContiguousInTime() throws {
        let stream = try EncodedStream.tone(milliseconds: 1000)
        let sounds = try decode(stream)
        var next = try #require(sounds.first).pts
        for sound in sounds {
            #expect(sound.pts == next)
            next += Int64(sound.samples.count)
        }
        #expect(next - (sounds.first?.pts ?? 0) >= 48_000)
    }

    @Test func packetsLastTwentyMillisecondsAndAllowForTheDelay() throws {
        let stream = try EncodedStream.tone(milliseconds: 400)
        let first = try #require(stream.packets.first)
        #expect((-960..<0).contains(first.pts), "the encoder's delay goes before time 0")
        for (index, packet) in stream.packets.enumerated() {
            #expect(packet.pts == first.pts + Int64(index) * 960 && packet.dts == packet.pts)
            #expect(packet.isKeyframe)
        }
        #expect(stream.description.codecConfiguration.starts(with: Array("OpusHead".utf8)))
    }

    @Test func piecesOfAnySizeGiveTheSamePackets() throws {
        let encoder = try AudioEncoder(channels: 1, bitRate: 48_000)
        var found: [Packet] = []
        var pts: Int64 = 0
        for count in [1, 959, 2000, 7, 480, 1393] {
            found += try packets(encoder, [(pts, count)])
            pts += Int64(count)
        }
        found += try encoder.finish()
        #expect(zip(found, found.dropFirst()).allSatisfy { $1.pts - $0.pts == 960 })
        #expect(found.count >= 6)
    }

    @Test func holesAreFilledWithSilence() throws {
        let encoder = try AudioEncoder(channels: 1, bitRate: 48_000)
        let found = try packets(encoder, [(0, 960), (960, 960), (1920 + 9600, 960)]) + encoder.finish()
        #expect(zip(found, found.dropFirst()).allSatisfy { $1.pts - $0.pts == 960 })
        let decoder = try AudioDecoder(description(encoder), sampleRate: 48_000, channels: 1)
        let samples = try found.flatMap { try decoder.decode($0) }.flatMap(\.samples)
        // In the midst of the hole, and in the sound behind it; the decoder's output starts with the delay.
        let delay = -Int(found.first?.pts ?? 0)
        let hole = samples[(delay + 5000)..<(delay + 9000)]
        #expect(hole.allSatisfy { abs($0) < 0.02 }, "silence in the hole")
    }

    @Test func smallDifferencesAreJitter() throws {
        let encoder = try AudioEncoder(channels: 1, bitRate: 48_000)
        let found = try packets(encoder, [(0, 960), (1500, 960), (2000, 960), (2880 + 960, 960)])
        #expect(found.map { $0.pts - (found.first?.pts ?? 0) } == [0, 960, 1920, 2880])
    }

    @Test func overlapsAreCut() throws {
        let encoder = try AudioEncoder(channels: 2, bitRate: 48_000)
        let stereo = [Float](repeating: 0.1, count: 2880 * 2)
        var found = try encoder.encode(stereo, pts: 0)
        #expect(found.count == 3)
        // All of it was there already, then two thirds of it.
        found += try encoder.encode(stereo, pts: 0)
        #expect(found.count == 3)
        found += try encoder.encode(stereo, pts: 960)
        #expect(found.count == 4)
        #expect(zip(found, found.dropFirst()).allSatisfy { $1.pts - $0.pts == 960 })
    }

    @Test func beyondTenSecondsTheTimeStampsJump() throws {
        let encoder = try AudioEncoder(channels: 1, bitRate: 48_000)
        let far: Int64 = 48_000 * 3600
        let found =
            try packets(encoder, [(0, 960), (960, 100), (far, 960), (far + 960, 960)]) + encoder.finish()
        let steps = zip(found, found.dropFirst()).map { $1.pts - $0.pts }
        #expect(steps.filter { $0 != 960 } == [far - 960], "\(steps)")
        #expect(found.count < 10)
    }

    @Test func garbageIsReportedAndDecodingGoesOn() throws {
        let stream = try EncodedStream.tone(milliseconds: 200)
        let decoder = try AudioDecoder(stream.description, sampleRate: 48_000, channels: 1)
        var random = SeededGenerator(seed: 7)
        for packet in stream.packets {
            for _ in 0..<20 {
                var bad = packet
                bad.payload = random.bytes(Int(random.next() % 200) + 1)
                _ = try? decoder.decode(bad)
            }
            #expect(try decoder.decode(packet).isEmpty == false)
        }
    }

    @Test(arguments: [0, 9, 300])
    func refusedChannelsNameTheEncoder(channels: Int) {
        #expect { try AudioEncoder(channels: channels, bitRate: 48_000) } throws: { error in
            "\(error)".contains("libopus")
        }
    }

    @Test func theResamplerKeepsLengthAndPitch() throws {
        let resampler = AudioResampler(sampleRate: 48_000, channels: 1)
        var count = 0
        var crossings = 0
        var last: Float = 0
        for block in 0..<50 {
            let samples = (0..<882).flatMap { index -> [Float] in
                let value = Float(sin(2 * Double.pi * 1000 * Double(block * 882 + index) / 44_100))
                return [value, value]
            }
            let time = MonotonicTime(nanoseconds: Int64(block) * 20_000_000)
            let out = try resampler.convert(
                AudioFrame(sampleRate: 44_100, channels: 2, time: time, samples: samples))
            #expect(out.sampleRate == 48_000 && out.channels == 1)
            // What has come out so far ends where the input ends, less what the filter holds back.
            #expect(abs(out.time - time) < 5_000_000)
            for sample in out.samples {
                if last < 0, sample >= 0 { crossings += 1 }
                last = sample
            }
            count += out.sampleCount
        }
        #expect((47_500...48_000).contains(count), "one second, less what the filter holds back")
        #expect((985...1000).contains(crossings), "1 kHz")
    }

    private func description(_ encoder: AudioEncoder) -> TrackDescription {
        TrackDescription(
            codec: .opus, timeBase: .opus, format: .audio(.init(sampleRate: 48_000, channels: 1)),
            source: "microphone",
            codecConfiguration: encoder.configuration)
    }
}

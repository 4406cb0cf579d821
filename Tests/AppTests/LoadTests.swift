import App
import Measure
import Media
import MediaTesting
import NIOCore
import Testing
import Wire

@Suite("Load")
struct LoadTests {
    private static func media(_ sequence: UInt32, _ payload: Int, key: Bool = false) throws -> [UInt8] {
        let header = MediaHeader(
            track: TrackID(rawValue: 7), sequence: sequence, dts: 1, ptsOffset: 0, duration: 0,
            flags: key ? .keyframe : [])
        let bytes = try FrameEncoder.media(header, payload: [UInt8](repeating: 9, count: payload))
        return Array(bytes.readableBytesView)
    }

    private static func scan(_ bytes: [UInt8], cuts: [Int]) throws -> [FrameScanner.Item] {
        var scanner = FrameScanner()
        var items: [FrameScanner.Item] = []
        var start = 0
        for end in cuts + [bytes.count] where end >= start {
            try Array(bytes[start..<end]).withUnsafeBytes { part in
                try scanner.scan(part) { items.append($0) }
            }
            start = end
        }
        return items
    }

    @Test func framesAreFoundHoweverTheirBytesAreCut() throws {
        let ping = Array(ClientMessage.ping(time: 5).encoded().readableBytesView)
        let bytes = try Self.media(0, 1, key: true) + ping + Self.media(1, 70_000) + ping + Self.media(2, 40)
        let expected: [FrameScanner.Item] = [
            .media(track: 7, sequence: 0, isKeyframe: true, bytes: 34), .control(Array(ping.dropFirst(5))),
            .media(track: 7, sequence: 1, isKeyframe: false, bytes: 70_033),
            .control(Array(ping.dropFirst(5))),
            .media(track: 7, sequence: 2, isKeyframe: false, bytes: 73),
        ]
        #expect(try Self.scan(bytes, cuts: []) == expected)
        #expect(try Self.scan(bytes, cuts: Array(1..<bytes.count)) == expected)
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            let cuts = (0..<10).map { _ in Int.random(in: 0...bytes.count, using: &generator) }.sorted()
            #expect(try Self.scan(bytes, cuts: cuts) == expected)
        }
    }

    @Test(
        arguments: [
            [0, 0, 0, 0, 1], [0, 0, 0, 1, 1], [0, 0, 0, 29, 2], [0, 0, 0, 5, 3], [0, 1, 0, 2, 1],
            [0, 64, 0, 1, 2],
        ] as [[UInt8]])
    func impossibleFramesAreRefusedAtTheirHead(bytes: [UInt8]) {
        #expect(throws: WireError.self) { try Self.scan(bytes, cuts: []) }
    }

    @Test func gapsAreLostPacketsAndWhatComesLateIsOutOfOrder() {
        var progress = TrackProgress()
        #expect(progress.take(10) == .inOrder(missing: 0))
        #expect(progress.take(11) == .inOrder(missing: 0))
        #expect(progress.take(15) == .inOrder(missing: 3))
        #expect(progress.take(12) == .outOfOrder)
        #expect(progress.next == 16)
        var wrapping = TrackProgress()
        _ = wrapping.take(.max)
        #expect(wrapping.take(1) == .inOrder(missing: 1))
    }

    @Test func percentilesAreThoseOfTheSortedValuesToWithinTheStep() throws {
        var histogram = LatencyHistogram()
        var values: [Int64] = []
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<10_000 {
            let value = Int64.random(
                in: 0...(1 << Int64.random(in: 0...40, using: &generator)), using: &generator)
            values.append(value)
            histogram.add(microseconds: value)
        }
        values.sort()
        for share in [0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = values[Int((share * 10_000).rounded(.up)) - 1]
            let found = try #require(histogram.percentile(share))
            // The upper end of a step of at most 1/64.
            #expect(found >= exact && found <= exact + exact / 64 + 1)
        }
        #expect(histogram.maximum == values.last && histogram.count == 10_000)
        #expect(LatencyHistogram().percentile(0.5) == nil)
        var extreme = LatencyHistogram()
        extreme.add(microseconds: .max)
        extreme.add(microseconds: -5)
        #expect(extreme.percentile(1) == .max && extreme.percentile(0.5) == 0)
    }
}

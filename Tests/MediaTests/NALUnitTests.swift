import Media
import MediaTesting
import Testing

@Suite("NAL units")
struct NALUnitTests {
    private func units(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.withUnsafeBytes { buffer in
            NALUnit.unitsOfAnnexB(buffer).map { Array(buffer[$0.range]) }
        }
    }

    private func units(_ bytes: [UInt8], lengthSize: Int) -> [[UInt8]]? {
        bytes.withUnsafeBytes { buffer in
            NALUnit.unitsWithLengths(buffer, lengthSize: lengthSize)?.map { Array(buffer[$0.range]) }
        }
    }

    @Test func startCodesOfThreeAndFourBytesSeparateUnits() {
        #expect(
            units([0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65]) == [
                [0x67, 1, 2], [0x68, 3], [0x65],
            ])
    }

    @Test func bytesBeforeTheFirstStartCodeAreSkipped() {
        #expect(units([9, 9, 1, 0, 1, 0, 0, 1, 0x65, 7]) == [[0x65, 7]])
    }

    @Test(
        arguments: [[], [0], [0, 0], [0, 0, 0], [0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6, 7], [0, 0, 2, 0, 1]]
            as [[UInt8]])
    func withoutAStartCodeThereIsNoUnit(bytes: [UInt8]) {
        #expect(units(bytes).isEmpty)
    }

    @Test func emptyUnitsAndTrailingZeroBytesAreLeftOut() {
        #expect(units([0, 0, 1, 0, 0, 1, 0x65, 5, 0, 0, 0, 0]) == [[0x65, 5]])
        #expect(units([0, 0, 1]).isEmpty)
        #expect(units([0, 0, 1, 0, 0, 0]).isEmpty)
    }

    @Test func theHeaderGivesTypeAndImportance() throws {
        let bytes: [UInt8] = [0, 0, 1, 0x65, 0, 0, 1, 0x01, 0, 0, 1, 0x41]
        let found = bytes.withUnsafeBytes { NALUnit.unitsOfAnnexB($0) }
        #expect(found.map(\.kind) == [.idrSlice, .slice, .slice])
        #expect(found.map(\.referenceIndicator) == [3, 0, 2])
        #expect(found.map(\.kind.isSlice) == [true, true, true])
    }

    @Test(arguments: [NALUnit.maximumCount, NALUnit.maximumCount + 1, 1_000_000])
    func moreUnitsThanAnyPictureHasAreNone(count: Int) {
        let isAllowed = count <= NALUnit.maximumCount
        let stream = Array(repeatElement([0, 0, 1, 0x41] as [UInt8], count: count).joined())
        let sample = Array(repeatElement([0, 0, 0, 1, 0x41] as [UInt8], count: count).joined())
        #expect(units(stream).count == (isAllowed ? count : 0))
        #expect(units(sample, lengthSize: 4)?.count == (isAllowed ? count : nil))
        #expect(stream.withUnsafeBytes { NALUnit.isReasonable(annexB: $0) } == isAllowed)
        #expect(sample.withUnsafeBytes { NALUnit.isReasonable(withLengths: $0, lengthSize: 4) } == isAllowed)
        // Empty ones cost a decoder as much.
        let empty = [UInt8](repeating: 0, count: count * 2)
        #expect(empty.withUnsafeBytes { NALUnit.isReasonable(withLengths: $0, lengthSize: 2) } == isAllowed)
    }

    /// A search that skips nothing must find the same as one that skips three bytes at a time.
    @Test func theSearchAgreesWithAPlainOneOnRandomBytes() {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<5000 {
            let count = Int(random.next() % 40)
            let bytes = random.bytes(count, of: [0, 0, 0, 1, 1, 2, 0x67])
            #expect(units(bytes) == plainSearch(bytes), "\(bytes)")
        }
    }

    private func plainSearch(_ bytes: [UInt8]) -> [[UInt8]] {
        var starts: [Int] = []
        var index = 0
        while index + 3 <= bytes.count {
            if Array(bytes[index..<(index + 3)]) == [0, 0, 1] {
                starts.append(index + 3)
                index += 3
            } else {
                index += 1
            }
        }
        let ends = starts.dropFirst().map { $0 - 3 } + [bytes.count]
        return zip(starts, ends).compactMap { start, end in
            var unit = Array(bytes[start..<end])
            while unit.last == 0 { unit.removeLast() }
            return unit.isEmpty ? nil : unit
        }
    }

    @Test(arguments: [1, 2, 3, 4])
    func lengthsOfEverySizeSeparateUnits(size: Int) {
        let zeros = [UInt8](repeating: 0, count: size - 1)
        let bytes = zeros + [2, 0x67, 9] + zeros + [0] + zeros + [1, 0x65]
        #expect(units(bytes, lengthSize: size) == [[0x67, 9], [0x65]])
    }

    @Test(arguments: [0, 5, -1, 8])
    func otherLengthSizesAreRefused(size: Int) {
        #expect(units([0, 0, 0, 1, 0x65], lengthSize: size) == nil)
    }

    @Test func lengthsThatPointPastTheEndAreRefused() {
        #expect(units([0, 0, 0, 2, 0x65], lengthSize: 4) == nil)
        #expect(units([0xFF, 0xFF, 0xFF, 0xFF, 0x65], lengthSize: 4) == nil)
        #expect(units([], lengthSize: 4) == [])
    }

    @Test func everyTruncationOfASampleIsRefusedOrWhole() {
        let sample: [UInt8] = [0, 0, 0, 3, 0x67, 1, 2, 0, 0, 0, 1, 0x65]
        for count in 0...sample.count {
            let found = units(Array(sample[..<count]), lengthSize: 4)
            let isWhole = [0, 7, 12].contains(count)
            #expect((found != nil) == isWhole, "\(count) bytes")
        }
    }

    @Test(arguments: ["ultrafast", "veryfast"])
    func everyTruncationOfARealStreamGivesUnitsWithinIt(preset: String) throws {
        let stream = try EncodedStream.pattern(count: 3, preset: preset)
        for packet in stream.packets {
            let bytes = packet.bytes()
            for count in 0...bytes.count {
                bytes[..<count].withUnsafeBytes { buffer in
                    let unit = AccessUnit(annexB: buffer)
                    #expect(unit.units.allSatisfy { $0.range.upperBound <= count && !$0.range.isEmpty })
                    if let configuration = unit.configuration {
                        _ = configuration.record
                        _ = unit.sample(from: buffer, leavingOut: configuration)
                    }
                }
            }
        }
    }
}

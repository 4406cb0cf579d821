import Media
import MediaTesting
import Testing

@Suite("Sequence parameter sets")
struct SequenceParameterSetTests {
    private func parse(_ parameters: SequenceParameters) throws -> SequenceParameterSet {
        try #require(SequenceParameterSet(parameters.unit()))
    }

    private func firstSet(_ accessUnits: [[UInt8]]) throws -> SequenceParameterSet {
        let accessUnit = try #require(accessUnits.first)
        let sets = accessUnit.withUnsafeBytes { AccessUnit(annexB: $0).sequenceParameterSets }
        let set = try #require(sets.first)
        return try #require(SequenceParameterSet(set))
    }

    @Test(arguments: [
        (16, 16), (64, 36), (320, 180), (322, 182), (640, 360), (1280, 720), (1920, 1080), (1366, 768),
    ])
    func sizesOfRealStreamsAreThoseThatWereEncoded(width: Int, height: Int) throws {
        let units = try RawH264.accessUnits(width: width, height: height)
        let set = try firstSet(units)
        #expect((set.width, set.height) == (width, height))
        #expect(!set.isInterlaced && set.chromaFormat == 1 && set.profile == 66)
    }

    @Test func oddSizesOfRealStreamsAreExact() throws {
        let units = try RawH264.accessUnits(width: 321, height: 181, format: .yuv444p)
        let set = try firstSet(units)
        #expect((set.width, set.height, set.chromaFormat, set.profile) == (321, 181, 3, 244))
    }

    @Test func aRealHighProfileStreamIsRead() throws {
        let units = try RawH264.accessUnits(width: 640, height: 362, options: ["preset": "medium"])
        let set = try firstSet(units)
        #expect((set.width, set.height, set.profile, set.lumaBitDepth) == (640, 362, 100, 8))
    }

    @Test(arguments: [(720, 576), (1920, 1080)])
    func aRealInterlacedStreamIsRead(width: Int, height: Int) throws {
        let units = try RawH264.accessUnits(
            width: width, height: height, options: ["preset": "medium", "x264-params": "interlaced=1"])
        let set = try firstSet(units)
        #expect(set.isInterlaced)
        #expect((set.width, set.height) == (width, height))
    }

    @Test func croppingCountsInUnitsOfTheChromaFormat() throws {
        let crop = [1, 2, 1, 3]
        let base = SequenceParameters(crop: crop)
        let plain = try parse(base)
        #expect((plain.width, plain.height) == (320 - 6, 192 - 8))
        let half = try parse(SequenceParameters(profile: 122, chromaFormat: 2, crop: crop))
        #expect((half.width, half.height) == (320 - 6, 192 - 4))
        let full = try parse(SequenceParameters(profile: 244, chromaFormat: 3, crop: crop))
        #expect((full.width, full.height) == (320 - 3, 192 - 4))
        let grey = try parse(SequenceParameters(profile: 100, chromaFormat: 0, crop: crop))
        #expect((grey.width, grey.height) == (320 - 3, 192 - 4))
    }

    @Test func heightAndCropOfFieldsCountTwice() throws {
        let set = try parse(SequenceParameters(heightInUnits: 34, isInterlaced: true, crop: [0, 0, 0, 2]))
        #expect((set.height, set.isInterlaced) == (1080, true))
    }

    @Test(arguments: [0, 1, 2])
    func everyPictureOrderCountTypeIsSkipped(type: Int) throws {
        #expect(try parse(SequenceParameters(orderCountType: type)).width == 320)
    }

    @Test func scalingListsAreSkipped() throws {
        var lists: [[Int]?] = [[Int]?](repeating: nil, count: 8)
        lists[0] = [0, -3] + [Int](repeating: 1, count: 14)
        // A delta that makes the next scale 0 ends the list (§7.3.2.1.1.1).
        lists[1] = [-8]
        lists[6] = [Int](repeating: 2, count: 64)
        let set = try parse(
            SequenceParameters(profile: 110, lumaBitDepth: 10, chromaBitDepth: 9, scalingLists: lists))
        #expect((set.width, set.height, set.lumaBitDepth, set.chromaBitDepth) == (320, 192, 10, 9))
    }

    @Test func numbersAreThoseOfTheHeader() throws {
        let set = try parse(SequenceParameters(profile: 77, level: 41, id: 31))
        #expect((set.profile, set.level, set.id) == (77, 41, 31))
    }

    @Test func valuesBeyondTheStandardAreRefused() {
        #expect(SequenceParameterSet(SequenceParameters(id: 32).unit()) == nil)
        #expect(SequenceParameterSet(SequenceParameters(profile: 100, chromaFormat: 4).unit()) == nil)
        #expect(SequenceParameterSet(SequenceParameters(profile: 100, lumaBitDepth: 15).unit()) == nil)
        #expect(SequenceParameterSet(SequenceParameters(orderCountType: 3).unit()) == nil)
        #expect(SequenceParameterSet(SequenceParameters(widthInBlocks: 4097).unit()) == nil)
        #expect(SequenceParameterSet(SequenceParameters(crop: [80, 80, 0, 0]).unit()) == nil)
        #expect(SequenceParameterSet(SequenceParameters(crop: [0, 0, 0, 65536]).unit()) == nil)
        #expect(SequenceParameterSet([0x68] + SequenceParameters().unit().dropFirst()) == nil)
    }

    @Test func everyTruncationIsRefusedUntilAllFieldsAreThere() throws {
        let unit = SequenceParameters(profile: 100, crop: [1, 1, 1, 1]).unit()
        for count in 0..<(unit.count - 1) {
            #expect(SequenceParameterSet(Array(unit[..<count])) == nil, "\(count) of \(unit.count) bytes")
        }
    }

    @Test func damagedSetsNeverTrap() {
        var random = SeededGenerator(seed: 3)
        let whole = SequenceParameters(profile: 100, scalingLists: [[Int]?](repeating: nil, count: 8)).unit()
        for _ in 0..<50_000 {
            var unit = whole
            for _ in 0...Int(random.next() % 4) {
                unit[Int(random.next() % UInt64(unit.count))] = random.bytes(1)[0]
            }
            if let set = SequenceParameterSet(unit) { #expect(set.width > 0 && set.height > 0) }
            let noise =
                [UInt8(0x67)] + random.bytes(Int(random.next() % 40), of: [0, 0, 0, 1, 3, 0x80, 0xFF, 100])
            if let set = SequenceParameterSet(noise) { #expect(set.width > 0 && set.height > 0) }
        }
    }
}

import Media
import MediaTesting
import Testing

@Suite("AVC configuration records")
struct AVCConfigurationTests {
    private static let sequence = SequenceParameters().unit()
    private static let picture: [UInt8] = [0x68, 0xCE, 0x38, 0x80]

    private func configuration(_ sequence: [[UInt8]], _ picture: [[UInt8]], lengthSize: Int = 4)
        -> AVCConfiguration?
    {
        AVCConfiguration(
            sequenceParameterSets: sequence, pictureParameterSets: picture, lengthSize: lengthSize)
    }

    @Test func theRecordHasTheBytesOfTheStandard() throws {
        let sequence: [UInt8] = [0x67, 0x42, 0xC0, 0x1E, 0xD9]
        let found = try #require(configuration([sequence], [[0x68, 0xCE]]))
        #expect(
            found.record == [
                1, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0, 5, 0x67, 0x42, 0xC0, 0x1E, 0xD9, 1, 0, 2, 0x68, 0xCE,
            ])
    }

    @Test(arguments: [1, 2, 4])
    func recordsAreReadAsTheyWereWritten(lengthSize: Int) throws {
        let other = SequenceParameters(id: 1).unit()
        let written = try #require(
            configuration([Self.sequence, other], [Self.picture, [0x68, 0x01]], lengthSize: lengthSize))
        #expect(AVCConfiguration(record: written.record) == written)
    }

    @Test func highProfilesNameTheirFormatOnceMore() throws {
        let sequence = SequenceParameters(profile: 110, chromaFormat: 1, lumaBitDepth: 10, chromaBitDepth: 9)
            .unit()
        let found = try #require(configuration([sequence], [Self.picture]))
        #expect(found.record.suffix(4) == [0xFD, 0xFA, 0xF9, 0])
        #expect(AVCConfiguration(record: found.record) == found)
    }

    @Test(arguments: ["ultrafast", "veryfast"])
    func recordsOfRealStreamsAreReadAsTheyWereWritten(preset: String) throws {
        let found = try #require(EncodedStream.pattern(count: 1, preset: preset).configuration)
        #expect(AVCConfiguration(record: found.record) == found)
    }

    @Test func everyTruncationIsRefused() throws {
        let whole = try #require(configuration([Self.sequence], [Self.picture])).record
        for count in 0..<whole.count {
            #expect(AVCConfiguration(record: Array(whole[..<count])) == nil, "\(count) bytes")
        }
    }

    @Test func otherVersionsAndLengthSizesAreRefused() throws {
        var record = try #require(configuration([Self.sequence], [Self.picture])).record
        record[4] = 0xFE
        #expect(AVCConfiguration(record: record) == nil)
        record[4] = 0xFF
        record[0] = 0
        #expect(AVCConfiguration(record: record) == nil)
        #expect(configuration([Self.sequence], [Self.picture], lengthSize: 3) == nil)
    }

    @Test func everyLimitHoldsAndOneMoreIsRefused() {
        let (sequence, picture) = (Self.sequence, Self.picture)
        #expect(configuration(.init(repeating: sequence, count: 31), [picture]) != nil)
        #expect(configuration(.init(repeating: sequence, count: 32), [picture]) == nil)
        #expect(configuration([sequence], .init(repeating: picture, count: 255)) != nil)
        #expect(configuration([sequence], .init(repeating: picture, count: 256)) == nil)
        #expect(configuration([], [picture]) == nil)
        #expect(configuration([sequence], []) == nil)
        #expect(configuration([[0x67, 66, 0, 30]], [[0x68, 1]]) != nil)
        #expect(configuration([[0x67, 66, 0]], [[0x68, 1]]) == nil)
        #expect(configuration([sequence], [[0x68]]) == nil)
        let longest = sequence + [UInt8](repeating: 9, count: 65535 - sequence.count)
        #expect(
            configuration([longest], [picture])?.record.count == 5 + 1 + 2 + 65535 + 1 + 2 + picture.count)
        #expect(configuration([longest + [9]], [picture]) == nil)
    }

    @Test func damagedRecordsNeverTrap() throws {
        var random = SeededGenerator(seed: 4)
        let whole = try #require(configuration([SequenceParameters(profile: 100).unit()], [Self.picture]))
            .record
        for _ in 0..<20_000 {
            var record = whole
            record[Int(random.next() % UInt64(record.count))] = random.bytes(1)[0]
            if let found = AVCConfiguration(record: record) { _ = found.record }
        }
    }

    @Test func orderOfTheSetsDoesNotMatter() throws {
        let (one, two) = (Self.sequence, SequenceParameters(id: 1).unit())
        let first = try #require(configuration([one, two], [Self.picture, [0x68, 7]]))
        let second = try #require(configuration([two, one], [[0x68, 7], Self.picture]))
        #expect(first != second)
        #expect(first.isEquivalent(to: second) && second.isEquivalent(to: first))
    }

    @Test func escapingAndImportanceDoNotMatter() throws {
        let escaped = try #require(configuration([[0x67, 66, 0, 30, 0, 0, 3, 5]], [[0x68, 0xCE]]))
        let plain = try #require(configuration([[0x27, 66, 0, 30, 0, 0, 5]], [[0x28, 0xCE]]))
        #expect(escaped.isEquivalent(to: plain))
    }

    @Test func otherParametersAreNotEquivalent() throws {
        let first = try #require(configuration([Self.sequence], [Self.picture]))
        let wider = try #require(
            configuration([SequenceParameters(widthInBlocks: 21).unit()], [Self.picture]))
        let more = try #require(configuration([Self.sequence], [Self.picture, [0x68, 7]]))
        #expect(!first.isEquivalent(to: wider))
        #expect(!first.isEquivalent(to: more) && !more.isEquivalent(to: first))
    }
}

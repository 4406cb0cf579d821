import Media
import MediaTesting
import Testing

@Suite("Access units")
struct AccessUnitTests {
    private static let delimiter: [UInt8] = [0x09, 0x10]
    private static let sequence = SequenceParameters().unit()
    private static let picture: [UInt8] = [0x68, 0xCE, 0x38, 0x80]
    private static let idr: [UInt8] = [0x65, 0x88, 0x84]
    private static let disposable: [UInt8] = [0x01, 0x9A]

    private func stream(_ units: [[UInt8]]) -> [UInt8] { units.flatMap { [0, 0, 0, 1] + $0 } }

    private func parse<Result>(
        _ bytes: [UInt8], _ body: (AccessUnit, UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeBytes { try body(AccessUnit(annexB: $0), $0) }
    }

    private func configuration() throws -> AVCConfiguration {
        try #require(
            AVCConfiguration(sequenceParameterSets: [Self.sequence], pictureParameterSets: [Self.picture]))
    }

    @Test func picturesAreToldApartByTheirSlices() {
        parse(stream([Self.sequence, Self.picture, Self.idr])) { unit, _ in
            #expect(unit.isIDR && !unit.isDroppable && unit.hasPicture && unit.configuration != nil)
        }
        parse(stream([Self.disposable, Self.disposable])) { unit, _ in
            #expect(!unit.isIDR && unit.isDroppable && unit.configuration == nil)
        }
        parse(stream([Self.disposable, [0x41, 0x9A]])) { unit, _ in #expect(!unit.isDroppable) }
        parse(stream([Self.sequence, Self.picture])) { unit, _ in
            #expect(!unit.hasPicture && !unit.isDroppable && !unit.isIDR)
        }
    }

    @Test func aSampleHasLengthsAndNoKnownParameterSets() throws {
        let known = try configuration()
        let bytes = stream([Self.delimiter, Self.sequence, Self.picture, Self.idr])
        let sample = parse(bytes) { $0.sample(from: $1, leavingOut: known) }
        #expect(sample == [0, 0, 0, 2] + Self.delimiter + [0, 0, 0, 3] + Self.idr)
    }

    @Test func aSampleKeepsParameterSetsThatTheConfigurationLacks() throws {
        let known = try configuration()
        let other: [UInt8] = [0x68, 0x77]
        let sample = parse(stream([Self.sequence, other, Self.idr])) {
            $0.sample(from: $1, leavingOut: known)
        }
        #expect(sample == [0, 0, 0, 2] + other + [0, 0, 0, 3] + Self.idr)
    }

    @Test func parameterSetsAreAddedBehindTheDelimiter() throws {
        let known = try configuration()
        let bytes = parse(stream([Self.delimiter, [0x06, 5], Self.idr])) {
            $0.annexB(from: $1, adding: known)
        }
        #expect(bytes == stream([Self.delimiter, Self.sequence, Self.picture, [0x06, 5], Self.idr]))
    }

    @Test func onlyKeyframesWithoutSetsGetThem() throws {
        let known = try configuration()
        let own = stream([Self.sequence, [0x68, 0x77], Self.idr])
        #expect(parse(own) { $0.annexB(from: $1, adding: known) } == own)
        let other = stream([Self.disposable])
        #expect(parse(other) { $0.annexB(from: $1, adding: known) } == other)
    }

    @Test(arguments: ["ultrafast", "veryfast"])
    func realPicturesComeBackFromSamples(preset: String) throws {
        let stream = try EncodedStream.pattern(count: 40, keyframeInterval: 0.5, preset: preset)
        let known = try #require(stream.configuration)
        for packet in stream.packets {
            let sample = packet.payload.withUnsafeBytes {
                AccessUnit(annexB: $0).sample(from: $0, leavingOut: known)
            }
            let again = try sample.withUnsafeBytes { buffer in
                let units = try #require(NALUnit.unitsWithLengths(buffer, lengthSize: 4))
                #expect(
                    !units.contains { $0.kind == .sequenceParameterSet || $0.kind == .pictureParameterSet })
                return AccessUnit(units: units, bytes: buffer).annexB(from: buffer, adding: known)
            }
            #expect(units(again) == units(packet.bytes()))
        }
    }

    private func units(_ bytes: [UInt8]) -> [[UInt8]] {
        parse(bytes) { unit, buffer in unit.units.map { Array(buffer[$0.range]) } }
    }
}

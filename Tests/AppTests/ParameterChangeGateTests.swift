import App
import Media
import Testing

@Suite("Parameter change gate")
struct ParameterChangeGateTests {
    private static let start = MonotonicTime(nanoseconds: 100_000_000_000)

    /// An access unit with a sequence parameter set whose last byte is `set`, without one where that is `nil`.
    private func packet(set: UInt8?, isKeyframe: Bool) -> Packet {
        let parameters: [UInt8] = set.map { [0, 0, 0, 1, 0x67, 66, 0xC0, 30, $0 | 1] } ?? []
        let slice: [UInt8] = [0, 0, 0, 1, isKeyframe ? 0x65 : 0x41, 0x88, 0x80]
        return Packet(
            pts: 0, dts: 0, duration: 1, flags: isKeyframe ? .keyframe : [], payload: parameters + slice)
    }

    private func admits(_ gate: inout ParameterChangeGate, _ packet: Packet, now: MonotonicTime) -> Bool {
        gate.admits(packet, now: now)
    }

    @Test func aTrackThatStaysAsItIsIsNeverLeftOut() {
        var gate = ParameterChangeGate()
        for _ in 0..<100 {
            #expect(admits(&gate, packet(set: 3, isKeyframe: true), now: Self.start))
            #expect(admits(&gate, packet(set: nil, isKeyframe: false), now: Self.start))
        }
    }

    @Test(arguments: [true, false])
    func aTrackThatChangesWithEveryPictureIsDecodedFourTimes(saysThatItIsAKeyframe: Bool) {
        var gate = ParameterChangeGate()
        let admitted = (0..<32).count { index in
            gate.admits(packet(set: UInt8(index * 2), isKeyframe: saysThatItIsAKeyframe), now: Self.start)
        }
        #expect(admitted == 4)
    }

    @Test func whatRefersToAPictureThatWasLeftOutIsLeftOut() {
        var gate = ParameterChangeGate()
        for index in 0..<4 {
            _ = gate.admits(packet(set: UInt8(index * 2), isKeyframe: true), now: Self.start)
        }
        #expect(!admits(&gate, packet(set: 10, isKeyframe: true), now: Self.start))
        #expect(!admits(&gate, packet(set: nil, isKeyframe: false), now: Self.start))
        let later = Self.start + 1_100_000_000
        #expect(!admits(&gate, packet(set: nil, isKeyframe: false), now: later))
        #expect(admits(&gate, packet(set: 10, isKeyframe: true), now: later))
        #expect(admits(&gate, packet(set: nil, isKeyframe: false), now: later))
    }

    @Test func whereTheDecoderAlreadyIsNothingBeginsAnew() {
        var gate = ParameterChangeGate()
        for index in 0..<4 {
            _ = gate.admits(packet(set: UInt8(index * 2), isKeyframe: true), now: Self.start)
        }
        #expect(!admits(&gate, packet(set: 10, isKeyframe: true), now: Self.start))
        #expect(admits(&gate, packet(set: 6, isKeyframe: true), now: Self.start))
    }
}

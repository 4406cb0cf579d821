import App
import Archive
import Media
import Testing

@Suite("Sound on an export's time line")
struct SoundPlacementTests {
    private static let second: Int64 = 1_000_000_000
    private static let packet = 960

    /// A clock that runs too fast by so many millionths, and says so every second.
    private func clock(drift: Int64, seconds: Int64 = 20, start: Int64 = 0) -> ClockMap {
        ClockMap(
            points: (0...seconds).map {
                .init(media: $0 * (Self.second + drift * 1000), meeting: start + $0 * Self.second)
            }, start: start)
    }

    /// Mono packets of 20 ms of a slow ramp; their samples differ from neighbour to neighbour by 1.
    private func packets(_ count: Int) -> [(samples: [Float], pts: Int64)] {
        (0..<count).map { index in
            ((0..<Self.packet).map { Float(index * Self.packet + $0) }, Int64(index * Self.packet))
        }
    }

    private func place(
        _ sounds: [(samples: [Float], pts: Int64)], clock: ClockMap, origin: Int64 = 0
    ) -> [(position: Int, samples: [Float])] {
        var placement = SoundPlacement(clock: clock, timeBase: .opus, origin: origin, channels: 1)
        return sounds.compactMap { placement.place($0.samples, pts: $0.pts) }
    }

    @Test func withoutDriftSamplesStayAsTheyAre() {
        let sounds = packets(100)
        // 333.3 µs are 16 samples.
        let placed = place(sounds, clock: clock(drift: 0, start: 333_300), origin: -1_000_000)
        for (index, piece) in placed.enumerated() {
            #expect(piece.position == 48_016 + index * Self.packet)
            #expect(piece.samples == sounds[index].samples)
        }
        #expect(placed.count == 100)
    }

    @Test(arguments: [-5000, -200, 200, 5000] as [Int64])
    func driftIsTakenOutWithoutATear(drift: Int64) throws {
        let placed = place(packets(900), clock: clock(drift: drift))
        var end = 0
        var last: Float = -1
        for piece in placed {
            #expect(piece.position == end)
            end += piece.samples.count
            for sample in piece.samples {
                #expect(sample - last > 0.9 && sample - last < 1.1, "a tear at \(last)")
                last = sample
            }
        }
        // 18 s by a clock that is fast took less than 18 s.
        let expected = Double(900 * Self.packet) * 1e6 / Double(1_000_000 + drift)
        #expect(abs(Double(end) - expected) <= 2)
    }

    @Test func whatIsMissingStaysMissing() {
        var sounds = packets(200)
        sounds.removeSubrange(50..<100)
        sounds.remove(at: 20)
        let placed = place(sounds, clock: clock(drift: 1000))
        let holes = zip(placed, placed.dropFirst()).map { $1.position - $0.position - $0.samples.count }
        #expect(holes.count { $0 != 0 } == 2)
        #expect(abs(holes[19] - Self.packet) <= 2 && abs(holes[48] - 50 * Self.packet) <= 50, "\(holes)")
    }
}

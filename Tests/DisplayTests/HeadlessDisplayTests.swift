import Display
import Layout
import Media
import Testing

@MainActor @Suite struct HeadlessDisplayTests {
    private let now = MonotonicTime(nanoseconds: 100 * second)
    private let playout = Playout()

    private func plain(_ size: PixelSize, blue: UInt8, green: UInt8, red: UInt8) -> VideoFrame {
        let buffer = PixelBuffer(format: .bgra, width: size.width, height: size.height)
        let plane = buffer.planes[0]
        for y in 0..<size.height {
            for x in 0..<size.width {
                let pixel = plane.start + y * plane.strideInBytes + x * 4
                pixel.storeBytes(of: SIMD4(blue, green, red, 0), as: SIMD4<UInt8>.self)
            }
        }
        return VideoFrame(
            format: .bgra, width: size.width, height: size.height, range: .full, time: now + -second,
            buffer: buffer)
    }

    private func pixel(_ frame: VideoFrame, _ x: Int, _ y: Int) -> [UInt8] {
        (0..<3).map { frame.sample(plane: 0, x: x * 4 + $0, y: y) }
    }

    private func show(_ track: UInt32, on display: HeadlessDisplay, blue: UInt8, green: UInt8, red: UInt8)
        throws
    {
        let size = try #require(display.tile(track: track)).size.fitting(width: 16, height: 9)
        playout.push(plain(size, blue: blue, green: green, red: red), track: track, ready: now)
        #expect(try display.step(now: now).isEmpty)
    }

    private func twoPeople() throws -> HeadlessDisplay {
        for track in 1...2 {
            playout.addParticipant("p\(track)", name: "Person \(track)")
            playout.addVideoTrack(UInt32(track), participant: "p\(track)", at: now)
        }
        let display = HeadlessDisplay(playout: playout)
        #expect(display.tile(track: 1) == nil)
        _ = try display.step(now: now)
        try show(1, on: display, blue: 200, green: 100, red: 50)
        try show(2, on: display, blue: 10, green: 220, red: 30)
        return display
    }

    @Test func snapshotShowsEachPictureInItsTile() throws {
        let snapshot = try twoPeople().snapshot(now: now)
        #expect((snapshot.width, snapshot.height) == (1280, 720))
        #expect(pixel(snapshot, 320, 340) == [200, 100, 50])
        #expect(pixel(snapshot, 960, 340) == [10, 220, 30])
        #expect(pixel(snapshot, 640, 20) == [24, 19, 17])
        #expect((0..<1280).allSatisfy { snapshot.sample(plane: 0, x: $0 * 4 + 3, y: 340) == 255 })
    }

    @Test func namesAreLegibleOnAStripAtTheLowerLeft() throws {
        let snapshot = try twoPeople().snapshot(now: now)
        var bright = 0
        var dark = 0
        for y in 490..<535 {
            for x in 10..<150 {
                let value = pixel(snapshot, x, y)
                if value.allSatisfy({ $0 > 220 }) { bright += 1 }
                if value[0] < 110 && value[1] < 60 { dark += 1 }
            }
        }
        #expect(bright > 50)
        #expect(dark > 800)
    }

    @Test func aNewerPictureTakesThePlaceOfTheOld() throws {
        let display = try twoPeople()
        try show(1, on: display, blue: 1, green: 2, red: 3)
        #expect(pixel(try display.snapshot(now: now), 320, 340) == [1, 2, 3])
    }

    @Test func focusMakesOneTileLarge() throws {
        let display = try twoPeople()
        let before = try #require(display.tile(track: 2)).size
        display.perform(.focus(1))
        let after = try #require(display.tile(track: 2)).size
        #expect(after.width > before.width)
        #expect(pixel(try display.snapshot(now: now), 640, 300) == [10, 220, 30])
        display.perform(.grid)
        #expect(display.tile(track: 2)?.size == before)
    }

    @Test func pagesTurnAndTheLargeTileStays() throws {
        for track in 1...60 as ClosedRange<UInt32> {
            playout.addVideoTrack(track, participant: "p\(track)", at: now)
        }
        let display = HeadlessDisplay(playout: playout)
        func shown() throws -> [UInt32] {
            _ = try display.step(now: now)
            return (1...60).filter { display.tile(track: $0)?.isShown == true }
        }
        #expect(try shown() == Array(1...49))
        display.perform(.page(1))
        #expect(try shown() == Array(50...60))
        display.perform(.page(1))
        #expect(try shown() == Array(50...60))
        #expect((1...60).allSatisfy { display.tile(track: $0)?.size.height ?? 0 >= 90 })
        // Page 2 is gone with those who were on it; page 1 is shown, and nothing is drawn twice.
        for track in 40...60 { playout.removeParticipant("p\(track)") }
        #expect(try shown() == Array(1...39))
        display.perform(.page(-1))
        display.perform(.focus(4))
        #expect(try shown() == [1, 2, 3, 4, 5, 6, 7, 8])
        display.perform(.page(1))
        #expect(try shown() == [5, 9, 10, 11, 12, 13, 14, 15])
        #expect(try #require(display.tile(track: 5)).size.height > 500)
        _ = try display.snapshot(now: now)
    }

    @Test func aParticipantWithoutPictureShowsItsNameLarge() throws {
        playout.addParticipant("quiet", name: "Quiet Person")
        playout.addAudioTrack(1, participant: "quiet", sampleRate: 48_000, channels: 1, at: now)
        let display = HeadlessDisplay(playout: playout)
        _ = try display.step(now: now)
        let snapshot = try display.snapshot(now: now)
        let bright = (300..<980).count { x in
            (300..<420).contains { pixel(snapshot, x, $0).allSatisfy { $0 > 220 } }
        }
        #expect(bright > 200)
        #expect(pixel(snapshot, 640, 100) != [24, 19, 17])
    }

    @Test func whoLeavesLosesTheTile() throws {
        let display = try twoPeople()
        playout.removeParticipant("p1")
        _ = try display.step(now: now)
        #expect(display.tile(track: 1) == nil)
        #expect(pixel(try display.snapshot(now: now), 640, 360) == [10, 220, 30])
    }

    @Test func helpAndMuteAreDrawnOverTheScene() throws {
        let display = try twoPeople()
        let plain = try display.snapshot(now: now)
        display.perform(.help)
        display.perform(.loudspeaker)
        let changed = try display.snapshot(now: now)
        #expect(pixel(plain, 640, 450) != pixel(changed, 640, 450))
        #expect(playout.isMuted)
        display.perform(.loudspeaker)
        #expect(!playout.isMuted)
    }

    @Test func namesThatHoldAnythingAreDrawn() throws {
        for name in ["", "a\nb\0c\t", String(repeating: "W", count: 5_000), "李雷 🎉 \u{202E}x", " "] {
            playout.addParticipant("p", name: name)
            _ = try HeadlessDisplay(playout: playout).snapshot(now: now)
        }
    }
}

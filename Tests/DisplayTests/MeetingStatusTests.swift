import Display
import Media
import Testing

/// What stands around the pictures, and whose tile there is.
@MainActor @Suite struct MeetingStatusTests {
    private let now = MonotonicTime(nanoseconds: 100 * second)
    private let playout = Playout()

    private func plain(blue: UInt8, red: UInt8) -> VideoFrame {
        // The left half in one colour, the right half in the other.
        let buffer = PixelBuffer(format: .bgra, width: 320, height: 180)
        let plane = buffer.planes[0]
        for y in 0..<180 {
            for x in 0..<320 {
                let isLeft = x < 160
                (plane.start + y * plane.strideInBytes + x * 4).storeBytes(
                    of: SIMD4(isLeft ? blue : 0, 0, isLeft ? 0 : red, 0), as: SIMD4<UInt8>.self)
            }
        }
        return VideoFrame(
            format: .bgra, width: 320, height: 180, range: .full, time: now + -second, buffer: buffer)
    }

    private func pixel(_ frame: VideoFrame, _ x: Int, _ y: Int) -> [UInt8] {
        (0..<3).map { frame.sample(plane: 0, x: x * 4 + $0, y: y) }
    }

    /// Red pixels, as badges and the sign of recording have them, in a part of the picture.
    private func reds(_ frame: VideoFrame, _ columns: Range<Int>, _ rows: Range<Int>) -> Int {
        rows.reduce(0) { sum, y in
            sum
                + columns.count {
                    let value = pixel(frame, $0, y)
                    return value[2] > 150 && value[0] < 100 && value[1] < 100
                }
        }
    }

    @Test func whoOnlyWatchesHasNoTile() throws {
        var watcher = RosterEntry(id: "w", name: "Watcher")
        watcher.isWatcher = true
        #expect(Tile.tiles(of: [watcher, RosterEntry(id: "p", name: "Person")]).map(\.participant) == ["p"])
        playout.addParticipant("w", name: "Watcher")
        #expect(playout.roster().map(\.isWatcher) == [true])
        playout.addAudioTrack(1, participant: "w", sampleRate: 48_000, channels: 1, at: now)
        #expect(playout.roster().map(\.isWatcher) == [false])
        // Somebody whose camera is off is still there.
        playout.removeTrack(1)
        #expect(playout.roster().map(\.isWatcher) == [false])
    }

    @Test func somebodyWhoIsAboutToPublishHasATile() {
        playout.setPublisher("p")
        playout.addParticipant("p", name: "Person")
        #expect(playout.roster().map(\.isWatcher) == [true])
        playout.setPublisher("p")
        #expect(playout.roster().map(\.isWatcher) == [false])
    }

    @Test func mutedSoundIsShownOnTheTile() throws {
        playout.addParticipant("p", name: "Person")
        playout.addAudioTrack(1, participant: "p", sampleRate: 48_000, channels: 1, at: now)
        let display = HeadlessDisplay(playout: playout)
        #expect(reds(try display.snapshot(now: now), 400..<880, 300..<600) == 0)
        playout.setMuted(1, true)
        #expect(playout.roster()[0].mutedTracks == [1])
        #expect(reds(try display.snapshot(now: now), 400..<880, 300..<600) > 200)
        playout.setMuted(1, false)
        #expect(reds(try display.snapshot(now: now), 400..<880, 300..<600) == 0)
    }

    @Test func aTileWhoseParticipantIsAwayIsDim() throws {
        playout.addParticipant("p", name: "Person")
        playout.addVideoTrack(1, participant: "p", at: now)
        let display = HeadlessDisplay(playout: playout)
        _ = try display.step(now: now)
        playout.push(plain(blue: 200, red: 200), track: 1, ready: now)
        _ = try display.step(now: now)
        #expect(pixel(try display.snapshot(now: now), 300, 200)[0] > 190)
        playout.setAway("p", true)
        #expect(pixel(try display.snapshot(now: now), 300, 200)[0] < 100)
        playout.forgetAbsences()
        playout.setSilent("p", true)
        #expect(pixel(try display.snapshot(now: now), 300, 200)[0] < 100)
        playout.setSilent("p", false)
        #expect(pixel(try display.snapshot(now: now), 300, 200)[0] > 190)
        // Dark on purpose: the name, not the last picture.
        playout.setMuted(1, true)
        #expect(pixel(try display.snapshot(now: now), 300, 200)[0] < 120)
    }

    @Test func recordingTroubleAndChatAreShown() throws {
        let display = HeadlessDisplay(playout: playout)
        let plain = try display.snapshot(now: now)
        display.status.recording = .recording
        let recording = try display.snapshot(now: now)
        #expect(reds(plain, 0..<200, 0..<60) == 0 && reds(recording, 0..<200, 0..<60) > 20)
        display.status.recording = .failed(reason: "the disk is full")
        #expect(reds(try display.snapshot(now: now), 0..<600, 0..<60) > 500)
        display.status.banner = "Connection lost, trying again…"
        #expect(reds(try display.snapshot(now: now), 400..<880, 40..<120) > 500)
        display.status.chat = ["12:00 Ada: hello\u{1B}[2J", String(repeating: "x", count: 4000)]
        let chat = try display.snapshot(now: now)
        #expect(
            (0..<640).contains { x in (560..<720).contains { pixel(chat, x, $0).allSatisfy { $0 > 200 } } })
    }

    @Test func oneSeesOneselfAsInAMirror() throws {
        let display = HeadlessDisplay(playout: playout)
        display.status.own = OwnTile(name: "Ada", hasMicrophone: true, isMuted: true, level: 0)
        display.showOwn(plain(blue: 250, red: 240))
        let shown = try display.snapshot(now: now)
        // The tile is 213 pixels wide, at the lower right; left and right are exchanged.
        #expect(pixel(shown, 1090, 620)[2] > 200 && pixel(shown, 1090, 620)[0] < 50)
        #expect(pixel(shown, 1240, 620)[0] > 200 && pixel(shown, 1240, 620)[2] < 50)
        display.showOwn(nil)
        #expect(pixel(try display.snapshot(now: now), 1240, 620)[0] < 100)
    }
}

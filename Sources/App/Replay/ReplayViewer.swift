import Archive
import Codec
import Display
import Layout
import Logging
import Media

/// Shows a recorded meeting: connects the feeder and its decoders with playout, window and sound.
@MainActor
final class ReplayViewer {
    private let options: ReplayOptions
    private let entry: ArchiveCatalogue.Entry
    private let clock: ReplayClock
    private let playout: Playout
    private let statistics: ReplayStatistics
    private let display: any MeetingDisplay
    private let commands = Mailbox<ReplayFeeder.Command>(capacity: 64)
    private let ending = ReplayEnding()
    private let state: ReplayState
    private let pools = DecodePools()
    private let started = MediaClock.system.now()
    private let logger: Logger
    private var lastPicture: VideoFrame?
    private var nextPicture = MonotonicTime(nanoseconds: .min)

    private static let pictureInterval: Int64 = 1_000_000_000
    /// The loop looks at least so often for keys, and for pictures that came in meanwhile.
    private static let longestNap: Int64 = 4_000_000

    /// Opens the display.
    init(_ entry: ArchiveCatalogue.Entry, options: ReplayOptions, logger: Logger) throws {
        self.entry = entry
        self.options = options
        self.logger = logger
        clock = ReplayClock(.system)
        state = ReplayState(clock: clock, speed: options.speed)
        statistics = ReplayStatistics(speed: options.speed, readsPatterns: options.view.statistics != nil)
        playout = Playout(
            configuration: Self.configuration, observer: options.view.statistics == nil ? nil : statistics)
        let title = "\(entry.manifest.room) \(entry.manifest.meeting) – Convene"
        display =
            options.view.isHeadless
            ? HeadlessDisplay(playout: playout)
            : try WindowDisplay(playout: playout, title: title, isReplay: true)
        display.notice = "Nobody is here"
    }

    /// Everything is there in time, so everybody has one and the same delay.
    private static var configuration: PlayoutConfiguration {
        var configuration = PlayoutConfiguration()
        configuration.initialDelayInNanoseconds = ReplayFeeder.delay
        configuration.minimumDelayInNanoseconds = ReplayFeeder.delay
        configuration.maximumDelayInNanoseconds = ReplayFeeder.delay
        configuration.marginInNanoseconds = 0
        configuration.maximumVideoFrames = 256
        configuration.maximumVideoBytes = 192 << 20
        return configuration
    }

    /// Shows until the meeting is over, the viewer quits or termination is requested; then writes what was asked for.
    /// - Parameters:
    ///   - start: microseconds of the meeting.
    ///   - only: identifiers of the participants to whom it is confined.
    func run(from start: Int64, only: Set<String>?, _ termination: Termination) async throws {
        let sound = try ViewerSound(
            playout, isHeard: !options.view.isHeadless && options.view.playsSound, clock: clock.mediaClock,
            logger: logger)
        let feeder: BlockingThread
        do { feeder = try startFeeder(from: start, only: only) } catch {
            sound.stop()
            throw error
        }
        do { try await show(termination) } catch {
            await stop(feeder, sound)
            throw error
        }
        await stop(feeder, sound)
        if let failure = ending.outcome.failure { throw failure }
        try writeSnapshot()
        var report = statistics.report(
            entry.manifest, playout: playout.statistics(),
            seconds: Double(MediaClock.system.now() - started) / 1_000_000_000,
            problems: ending.outcome.problems)
        report.audioOutput = sound.report
        if let path = options.view.statistics { try WholeFile.write(try report.encoded(), to: path) }
        summarise(report)
    }

    private func stop(_ feeder: BlockingThread, _ sound: ViewerSound) async {
        sound.stop()
        commands.close()
        await feeder.wait()
        await pools.finish()
    }

    private func startFeeder(from start: Int64, only: Set<String>?) throws -> BlockingThread {
        let tileSize: @Sendable (UInt32) -> PixelSize? = { [weak display] in display?.tile(track: $0)?.size }
        return try BlockingThread("replay") {
            [entry, playout, pools, statistics, clock, logger, commands, state, ending, options] in
            var outcome = ReplayEnding.Outcome()
            do {
                let source = try ReplaySource(folder: entry.folder, manifest: entry.manifest, only: only)
                let stage = ReplayStage(
                    manifest: entry.manifest, publishers: source.publishers, playout: playout, pools: pools,
                    statistics: statistics, clock: clock, logger: logger, tileSize: tileSize)
                let feeder = ReplayFeeder(
                    source: source, stage: stage, playout: playout, clock: clock, commands: commands,
                    state: state, speed: options.speed,
                    staysAtEnd: !options.view.isHeadless && !options.exitsAtEnd)
                feeder.run(from: start)
                stage.finish()
                outcome.problems = source.problems.map(\.description)
            } catch { outcome.failure = error }
            ending.end(outcome)
        }
    }

    private func show(_ termination: Termination) async throws {
        while !termination.isRequested, !ending.isOver {
            let now = clock.now()
            display.progress = state.progress
            for command in try display.step(now: now) {
                if command == .quit { return }
                forward(command)
            }
            try keepPicture(now)
            let due = playout.nextDue(after: now).map { $0 - clock.now() } ?? Self.longestNap
            try? await Task.sleep(for: .nanoseconds(max(500_000, min(due, Self.longestNap))))
        }
    }

    private func forward(_ command: ViewerCommand) {
        switch command {
        case .pause: commands.put(.pause)
        case .skip(let seconds): commands.put(.skip(Int64(seconds) * 1_000_000))
        case .goTo(let seconds): commands.put(.goTo(Int64(seconds) * 1_000_000))
        case .speed(let steps): commands.put(.speed(steps))
        case .microphone: playout.isMuted.toggle()
        case .fullScreen, .focus, .grid, .page, .loudspeaker, .camera, .help, .quit: break
        }
    }

    /// At the end of the meeting nobody has a picture any more: the last that had some is kept for the snapshot.
    private func keepPicture(_ now: MonotonicTime) throws {
        guard options.view.snapshot != nil, now >= nextPicture, hasPictures else { return }
        nextPicture = now + Self.pictureInterval
        lastPicture = try display.snapshot(now: now)
    }

    private var hasPictures: Bool { playout.roster().contains { !$0.videoTracks.isEmpty } }

    private func writeSnapshot() throws {
        guard let path = options.view.snapshot else { return }
        let picture = hasPictures ? try display.snapshot(now: clock.now()) : lastPicture
        try WholeFile.write(try PictureFile.png(picture ?? display.snapshot(now: clock.now())), to: path)
    }

    private func summarise(_ report: ReplayReport) {
        for problem in report.problems {
            logger.error("a part of the meeting is missing", metadata: ["error": "\(problem)"])
        }
        let pictures = report.tracks.reduce(0) { $0 + $1.framesPresented }
        let people = Set(report.tracks.map(\.participant)).count
        let seconds = ClockTime.text(Int64(report.duration * 1_000_000))
        Output.line(
            "replayed \(report.room)/\(report.meeting) in \(seconds): \(people) people, \(pictures) pictures")
    }
}

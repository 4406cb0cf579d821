import Display
import Logging
import Media

/// The sound of a viewer: the machine's output, or silence with the same clock, for pictures follow the sound also where it
/// is not heard.
@MainActor
final class ViewerSound {
    private enum Output {
        case heard(AudioOutput)
        case silent(NullAudioOutput)
    }

    private let output: Output

    /// Starts to take what `playout` mixes.
    /// - Parameters:
    ///   - isHeard: whether a loudspeaker is wanted. Where there is none, a warning says so.
    ///   - isParticipant: whether the person also sends.
    /// - Throws: ``DisplayError`` where not even silence can be had: the system has no thread left.
    init(
        _ playout: Playout, isHeard: Bool, isParticipant: Bool = false, clock: MediaClock = .system,
        logger: Logger
    ) throws {
        if isHeard {
            let output = AudioOutput(playout: playout, clock: clock)
            do {
                try output.start()
                self.output = .heard(output)
                return
            } catch {
                logger.warning("no sound: \(MissingSound.text(error, isParticipant: isParticipant))")
            }
        }
        let output = NullAudioOutput(playout: playout, clock: clock)
        try output.start()
        self.output = .silent(output)
    }

    /// Ends it. When it returns, playout is no longer asked for sound.
    func stop() {
        switch output {
        case .heard(let output): output.stop()
        case .silent(let output): output.stop()
        }
    }

    /// What the output did so far.
    var report: ViewerReport.Output {
        let statistics: AudioOutputStatistics
        switch output {
        case .heard(let output): statistics = output.statistics
        case .silent: statistics = AudioOutputStatistics()
        }
        return ViewerReport.Output(
            kind: statistics.kind.rawValue, underruns: statistics.underruns,
            buffer: Double(statistics.bufferInNanoseconds) / 1_000_000,
            longestBuffer: Double(statistics.longestBufferInNanoseconds) / 1_000_000)
    }
}

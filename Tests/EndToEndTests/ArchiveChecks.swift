import MediaTesting
import Testing

/// What must hold for every recording.
enum ArchiveChecks {
    /// Flash and beep of one file, in seconds: lips and voice seem to belong together up to 45 ms (ITU-R BT.1359),
    /// and one picture of an archive lasts longer than the offset that is left.
    static let maximumOffset = 0.040

    /// Decodes a finished recording of the pattern with our own decoder and with FFmpeg's program.
    @discardableResult
    static func pattern(_ path: String, location: SourceLocation = #_sourceLocation) async throws
        -> ArchiveProbe
    {
        let probe = try await decodes(path, location: location)
        #expect(!probe.pictures.isEmpty, sourceLocation: location)
        #expect(probe.holes.isEmpty, "\(path) lacks pictures", sourceLocation: location)
        #expect(probe.unreadable == 0, sourceLocation: location)
        #expect(probe.isInOrder, sourceLocation: location)
        #expect(!probe.offsets.isEmpty, "\(path) has no flash with a beep", sourceLocation: location)
        #expect(
            probe.offsets.allSatisfy { abs($0) <= maximumOffset }, "\(probe.offsets)",
            sourceLocation: location)
        return probe
    }

    /// Decodes a recording of anything.
    @discardableResult
    static func decodes(_ path: String, location: SourceLocation = #_sourceLocation) async throws
        -> ArchiveProbe
    {
        try await FFmpeg.check(path)
        let probe = try ArchiveProbe(path: path)
        #expect(probe.damaged == 0, sourceLocation: location)
        #expect(probe.startsWithKeyframe, sourceLocation: location)
        #expect(probe.hasIncreasingTimes, sourceLocation: location)
        return probe
    }

    /// Plain MP4, in which other players can seek.
    static func isFinished(_ path: String, location: SourceLocation = #_sourceLocation) async throws {
        let movie = try MovieFile(path: path)
        #expect(movie.isPlain, "\(path): \(movie.boxes)", sourceLocation: location)
        let wanted = 3.0
        let found = try await FFmpeg.seek(path, to: wanted)
        #expect(found.isKeyframe, sourceLocation: location)
        // The keyframe before: at most the interval of 2 s and one late picture away.
        #expect(
            found.seconds <= wanted && found.seconds > wanted - 2.2, "\(found.seconds)",
            sourceLocation: location)
    }
}

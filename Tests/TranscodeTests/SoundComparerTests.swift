import MediaTesting
import Testing
import Transcode

/// How far two sounds are apart.
@Suite(.enabled(if: MediaProgram.isInstalled)) struct SoundComparerTests {
    private func compare(_ filter: String, _ options: [String] = []) throws -> SoundComparer.Result {
        let media = try MadeMedia()
        let tone = try media.make("a.wav", MadeMedia.tone())
        return try SoundComparer.compare(tone, media.make("b.mkv", ["-i", tone, "-af", filter] + options))
    }

    @Test func theSameIsInfinitelyAlike() throws {
        let result = try compare("anull", ["-c:a", "pcm_s16le"])
        #expect(result.average == .infinity && result.minimum == .infinity && result.isAlike)
    }

    @Test func aLevelIsMeasured() throws {
        // Half of it is missing: a quarter of the power.
        let result = try compare("volume=0.5", ["-c:a", "pcm_s16le"])
        #expect(abs(result.average - 6.02) < 0.05 && !result.isAlike)
    }

    @Test func aTenthThatIsMissingIsFoundWhereItIs() throws {
        let result = try compare("volume=0:enable='between(t,1.3,1.4)'", ["-c:a", "pcm_s16le"])
        #expect(abs(result.minimumAt - 1.3) < 0.11)
        #expect(result.minimum < 6 && !result.isAlike)
    }

    @Test func anEndThatIsMissingIsFound() throws {
        let result = try compare("atrim=end=1.7", ["-c:a", "pcm_s16le"])
        #expect(abs(result.minimum) < 0.01 && abs(result.minimumAt - 1.7) < 0.001 && !result.isAlike)
    }

    @Test func silenceIsAlikeWhateverItsNoise() throws {
        let media = try MadeMedia()
        let silence = try media.make("a.wav", ["-f", "lavfi", "-i", "anullsrc=r=48000:d=1"])
        let noise = try media.make("b.wav", ["-f", "lavfi", "-i", "anoisesrc=a=0.00005:r=48000:d=1:seed=1"])
        #expect(try SoundComparer.compare(silence, noise).isAlike)
    }

    @Test func aFewSamplesAtTheEndCountWithTheTenthBefore() throws {
        // 2 s and 2 ms: the last 2 ms are silent in the other.
        let media = try MadeMedia()
        let tone = try media.make(
            "a.wav", ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2.002"])
        let shorter = try media.make("b.wav", ["-i", tone, "-af", "atrim=end=2,apad=whole_dur=2.002"])
        let result = try SoundComparer.compare(tone, shorter)
        #expect(result.minimum > 10 && abs(result.minimumAt - 1.9) < 0.001 && result.isAlike)
    }
}

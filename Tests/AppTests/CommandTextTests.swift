import App
import Display
import FoundationEssentials
import Glibc
import MediaTesting
import Testing
import Wire

@Suite("What the command line says and hears")
struct CommandTextTests {
    @Test(
        arguments: [
            ("90", 90), ("2s", 2), ("2.5", 2.5), ("500ms", 0.5), ("1min", 60), ("1.5h", 5400), ("0", 0),
        ] as [(String, Double)])
    func lengthsOfTimeAreSecondsWithoutAUnit(text: String, seconds: Double) throws {
        #expect(try CommandTime.seconds(text) == seconds)
    }

    @Test(
        arguments: [
            ("90", 90_000_000), ("1.5min", 90_000_000), ("12:30", 750_000_000), ("1:02:03.5", 3_723_500_000),
        ] as [(String, Int64)])
    func positionsMayHaveColons(text: String, microseconds: Int64) throws {
        #expect(try CommandTime.position(text) == microseconds)
    }

    @Test func whatIsNoTimeIsToldWithFormsThatAreTaken() throws {
        for (text, word) in [("soon", "10min"), ("-2", "not negative"), ("", "10min"), ("12:30", "10min")] {
            let error = try #require(throws: AppError.self) { _ = try CommandTime.seconds(text) }
            #expect(error.status == .usage && error.description.contains(word), "\(error)")
            #expect(!error.description.contains("90d") && !error.description.contains("1y"), "\(error)")
        }
        let minutes = try #require(throws: AppError.self) { _ = try CommandTime.seconds("10m") }
        #expect(minutes.description.contains("10min") && minutes.description.contains("10mo"))
        let place = try #require(throws: AppError.self) { _ = try CommandTime.position("5m") }
        #expect(place.description.contains("5min") && place.description.contains("5mo"))
        #expect(throws: AppError.self) { try CommandTime.position("1:60") }
    }

    @Test func oneIsNotMany() {
        #expect(Counted.text(1, "meeting") == "1 meeting" && Counted.text(0, "file") == "0 files")
    }

    @Test func theStateOfARecordingIsASentence() {
        #expect(RecordingText.line(.recording, reason: nil) == "this meeting is being recorded")
        #expect(
            RecordingText.line(.stopped, reason: "Eve stopped it")
                == "this meeting is not recorded any more: Eve stopped it")
        for state in RecordingState.allCases {
            #expect(!RecordingText.line(state, reason: nil).hasPrefix("recording"))
        }
    }

    @Test func theEndOfAServerIsToldInWords() {
        #expect(
            ServerEnding.text("server_shutdown", reconnect: 30) == "The meeting was ended by the server.")
        let restart = ServerEnding.text("restarting", reconnect: 3)
        #expect(restart.contains("did not come back within 3 s"), "\(restart)")
        #expect(!ServerEnding.text("restarting", reconnect: 0).contains("within"))
        for reason in ["server_shutdown", "restarting", "slow_consumer"] {
            #expect(!ServerEnding.text(reason, reconnect: nil).contains(reason))
        }
    }

    /// `--no-audio` of `join` mutes the microphone.
    @Test func aParticipantWithoutLoudspeakerIsNotToldToSendNothing() {
        let error = DisplayError.noAudioDevice(reason: "none")
        #expect(!MissingSound.text(error, isParticipant: true).contains("--no-audio"))
        #expect(MissingSound.text(error, isParticipant: true).contains("none"))
        #expect(MissingSound.text(error, isParticipant: false) == error.description)
    }

    @Test func anEmptyNameIsRefused() {
        #expect(RoomAccess.problem(ofName: nil) == nil && RoomAccess.problem(ofName: "Ada") == nil)
        #expect(RoomAccess.problem(ofName: "")?.contains("--name") == true)
    }

    @Test func whatCannotBeWrittenIsKnownBefore() throws {
        let folder = try TemporaryFolder()
        try WholeFile.check(folder.path + "/stats.json")
        try Data("old".utf8).write(to: URL(filePath: folder.path + "/old.json"))
        try WholeFile.check(folder.path + "/old.json")
        let names = ["", "/none/stats.json", "/old.json/x"].map { folder.path + $0 }
        for path in names + ["/dev/null", ""] {
            let error = try #require(throws: AppError.self) { try WholeFile.check(path) }
            let names = path.isEmpty ? "\"\"" : path
            #expect(error.status == .inputOutput && error.description.contains(names), "\(error)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["old.json"])
    }

    @Test func anArchiveThatMayNotBeWrittenIsToldOnce() throws {
        try ArchiveAccess.check(["a", "a/room"], in: "a") { _ in 0 }
        // What is not there is told by those who look for it.
        try ArchiveAccess.check(["a"], in: "a") { _ in ENOENT }
        for code in [EACCES, EROFS] {
            let error = try #require(throws: AppError.self) {
                try ArchiveAccess.check(["a", "a/room"], in: "a") { $0 == "a" ? 0 : code }
            }
            #expect(error.status == .inputOutput, "\(error)")
            #expect(error.description.contains("The archive a cannot be written by this user (a/room: "))
        }
    }
}

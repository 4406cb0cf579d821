import Foundation
import MediaTesting
import Testing

extension EndToEnd {
    /// A camera behind the kernel's real V4L2 driver, in a guest of its own: whoever runs the tests needs no camera.
    ///
    /// The guest is emulated and slow, so it is started once, for all of this.
    @Suite struct CameraTests {
        static let rate = 15.0
        static let name = "vivid"

        @Test(.timeLimit(.minutes(4)))
        func cameraIsRecordedAndItsFaultsAreTold() async throws {
            let folder = try TemporaryFolder()
            try await Self.boot(folder.path)
            let guest = CameraGuest(folder: folder.path)
            try Self.checkDevices(guest)
            try await Self.checkSteady(guest)
            try guest.expect("second", status: 1, says: "Camera /dev/video0 is busy.")
            try guest.expect("absent", status: 66, says: "There is no camera at /dev/video63.")
            try guest.expect(
                "fault", status: 74, says: "Camera /dev/video0 reports a fault (VIDIOC_DQBUF: Input/output")
            try guest.expect("unplugged", status: 74, says: "Camera /dev/video0 was unplugged.")
            #expect(try guest.status("patient") == 0)
            #expect(try guest.text("patient.err").contains("the camera is back"))
            for room in ["fault", "unplugged", "patient"] { try await Self.checkBroken(guest, room) }
            #expect(try guest.status("serve") == 0)
        }

        /// Runs the whole script in the guest.
        private static func boot(_ folder: String) async throws {
            let script = folder + "/guest.sh"
            try CameraGuest.script.write(toFile: script, atomically: true, encoding: .utf8)
            let guest = try ChildProcess(
                ProgramLocation.script("with-v4l2"), ["bash", script, try ProgramLocation.program(), folder],
                environment: ["V4L2_BACKEND": "tcg", "V4L2_RW": folder, "V4L2_TIMEOUT": "200"])
            guest.closeInput()
            let ending = try await guest.wait(seconds: 230)
            guard ending == .exited(0) else {
                throw HarnessError("The guest: \(ending).\n\(guest.output)\n\(guest.errors)")
            }
        }

        private static func checkDevices(_ guest: CameraGuest) throws {
            struct Devices: Decodable {
                struct Camera: Decodable {
                    var card: String
                    var path: String
                }
                var cameras: [Camera]
            }
            #expect(try guest.status("devices") == 0)
            let devices = try JSONDecoder().decode(
                Devices.self, from: Data(try guest.text("devices.json").utf8))
            #expect(devices.cameras.map(\.card) == [name] && devices.cameras.map(\.path) == ["/dev/video0"])
        }

        /// A picture at either end may fall outside, and the guest's timer wavers by as much.
        static let tolerance = 2.0
        /// The part of the driver's pictures that must be recorded: an emulated machine without real-time guarantees
        /// loses some, and each of them must be counted.
        static let minimumShare = 0.75

        /// Every picture of the driver is in the file, or was counted as lost.
        private static func checkSteady(_ guest: CameraGuest) async throws {
            #expect(try guest.status("steady") == 0)
            let log = try guest.text("steady.err")
            #expect(log.contains("format=\"320x180"), "\(log)")
            // The rate that the driver gave is told, and is the one that was asked for.
            #expect(log.contains("at 15 fps"), "\(log)")
            let path = try guest.recording("steady")
            #expect(try MovieFile(path: path).isPlain)
            let probe = try await ArchiveChecks.decodes(path)
            let pictures = try await FFmpeg.hashes(path)
            #expect(pictures.count == probe.videoPackets)
            #expect(pictures.count == number(in: log, before: " video and"), "\(log)")
            let times = try await presentationTimes(path)
            let span = try #require(times.last) - (try #require(times.first))
            let expected = span * rate + 1
            let lost =
                number(in: log, before: " pictures lost") + number(in: log, before: " pictures dropped")
            #expect(Double(pictures.count) <= expected + tolerance, "\(pictures.count) of \(expected)")
            #expect(
                Double(pictures.count + lost) >= expected - tolerance,
                "\(pictures.count) + \(lost) of \(expected)")
            #expect(Double(pictures.count) >= expected * minimumShare, "\(pictures.count) of \(expected)")
        }

        /// Playable up to the fault: closed in order, and long enough for what had come until then.
        private static func checkBroken(_ guest: CameraGuest, _ room: String) async throws {
            let path = try guest.recording(room)
            #expect(try MovieFile(path: path).isPlain, "\(path)")
            let probe = try await ArchiveChecks.decodes(path)
            #expect(probe.videoPackets >= Int(rate / 2), "\(room): \(probe.videoPackets)")
            #expect(try await FFmpeg.hashes(path).count == probe.videoPackets)
        }

        private static func presentationTimes(_ path: String) async throws -> [Double] {
            let text = try await ChildProcess.run(
                "ffprobe",
                [
                    "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of",
                    "csv=p=0", path,
                ])
            return text.split(whereSeparator: { $0.isNewline || $0 == "," }).compactMap { Double($0) }
        }

        /// The number that stands in front of some words; 0 where they do not occur.
        private static func number(in text: String, before words: String) -> Int {
            guard let range = text.range(of: words) else { return 0 }
            let digits = text[..<range.lowerBound].reversed().prefix { $0.isNumber }
            return Int(String(digits.reversed())) ?? 0
        }
    }
}

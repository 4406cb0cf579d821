import Glibc
import MediaTesting
import Testing

extension EndToEnd {
    /// `publish --layers 2`: who shows pictures small gets small ones, the archive has them in full size.
    @Suite struct TwoSizesTests {
        @Test(.timeLimit(.minutes(1)))
        func smallViewerGetsSmallPicturesAndTheArchiveTheFullOnes() async throws {
            let meeting = try await Meeting.start()
            let publisher = try meeting.publish("Ada", Meeting.pattern + ["--layers", "2"])
            try await meeting.waitForRecording(of: "ada")
            let small = try meeting.view("small", ["--duration", "3", "--max-height", "100"])
            let large = try meeting.view("large", ["--duration", "3"])
            for viewer in [small, large] {
                #expect(try await viewer.wait() == .exited(0), "\(viewer.errors)")
            }
            publisher.signal(SIGTERM)
            #expect(try await publisher.wait() == .exited(0), "\(publisher.errors)")
            for (name, height) in [("small", 90), ("large", 180)] {
                let report = try meeting.report(name)
                #expect(report.tracks.count == 2 && report.videos.count == 1)
                let track = try #require(report.videos.first)
                #expect(track.pictureHeight == height)
                #expect(track.packetsMissing == 0 && track.decodeErrors == 0 && track.framesMissing == 0)
                #expect(track.framesDecoded >= Int(Meeting.rate * 2))
            }
            try await meeting.stop()
            let segments = try meeting.manifest().segments
            #expect(segments.count == 1 && segments.first?.tracks.map(\.kind).sorted() == ["audio", "video"])
            let probe = try await ArchiveChecks.pattern(meeting.recording(of: "ada"))
            #expect(probe.pictures.count >= Int(Meeting.rate * 3))
        }
    }
}

import Foundation
import Glibc
import MediaTesting
import Testing

extension EndToEnd {
    /// `convene load`, and what the server's metrics say at the same time.
    @Suite struct LoadTests {
        private struct Report: Decodable {
            var joined: Int
            var packetsSent: Int
            var packetsDelivered: Int
            var packetsLost: Int
            var packetsOutOfOrder: Int
            var packetsUnsent: Int
            var silentTracks: Int
            var reconnects: Int
            var isInterrupted: Bool
            var seconds: Double
            var errors: [String: Int]
            var latency: Latency?

            struct Latency: Decodable {
                var count: Int
                var p50: Double
                var p99: Double
            }
        }

        private static let small = ["--size", "320x180", "--rate", "15", "--bitrate", "300k", "--json"]

        private func load(_ meeting: Meeting, _ arguments: [String]) throws -> ChildProcess {
            try Meeting.convene(["load", meeting.url("load")] + Self.small + arguments)
        }

        private func report(_ load: ChildProcess) throws -> Report {
            try JSONDecoder().decode(Report.self, from: Data(load.output.utf8))
        }

        @Test(.timeLimit(.minutes(1)))
        func everythingThatWasSentIsCountedAtTheOtherEnd() async throws {
            let meeting = try await Meeting.start(servesMetrics: true)
            let load = try load(
                meeting,
                ["--publishers", "2", "--subscribers", "6", "--rooms", "2", "--audio", "--duration", "2"])
            #expect(try await load.wait(seconds: 40) == .exited(0), "\(load.errors)")
            let report = try report(load)
            #expect(report.joined == 8 && report.reconnects == 0 && report.errors.isEmpty)
            #expect(report.packetsLost == 0 && report.packetsOutOfOrder == 0 && report.silentTracks == 0)
            #expect(report.packetsUnsent == 0 && !report.isInterrupted)
            // Two publishers of 15 + 50 packets a second; a loaded machine may send some of them late.
            #expect(Double(report.packetsSent) > report.seconds * 130 * 0.8)
            // Each goes to three subscribers; what was on its way when measuring began comes in addition.
            let expected = 3 * report.packetsSent
            #expect((expected...expected + 60).contains(report.packetsDelivered), "\(report)")
            let latency = try #require(report.latency)
            #expect(latency.count <= report.packetsDelivered && latency.p50 <= latency.p99)
            try await meeting.stop()
            // What it sends is real media: the recordings of both publishers decode.
            for room in ["load-1", "load-2"] {
                let paths = try meeting.recordings(room: room)
                #expect(paths.count == 1, "\(paths)")
                for path in paths { try await FFmpeg.check(path) }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func metricsCountWhatTheLoadSent() async throws {
            let meeting = try await Meeting.start(servesMetrics: true)
            let load = try load(
                meeting, ["--publishers", "3", "--subscribers", "4", "--audio", "--duration", "100"])
            try await Wait.until("the load") {
                try HTTP.metrics(meeting)["convene_participants"] == 7
                    && HTTP.metrics(meeting)[#"convene_tracks{kind="audio"}"#] == 3
            }
            let during = try HTTP.metrics(meeting)
            #expect(during["convene_connections"] == 7 && during["convene_rooms"] == 1)
            #expect(during[#"convene_tracks{kind="video"}"#] == 3)
            try await load.line("the beginning", in: \.errors) { $0.contains("measuring") }
            let before = try #require(try HTTP.metrics(meeting)[#"convene_packets_total{direction="in"}"#])
            try await Wait.until("a hundred packets") {
                try HTTP.metrics(meeting)[#"convene_packets_total{direction="in"}"#] ?? 0 >= before + 100
            }
            load.signal(SIGINT)
            #expect(try await load.wait() == .exited(0), "\(load.errors)")
            let report = try report(load)
            #expect(report.isInterrupted && report.packetsLost == 0 && report.packetsSent >= 100)
            try await Wait.until("an empty server") {
                try HTTP.metrics(meeting)["convene_connections"] == 0
            }
            let after = try HTTP.metrics(meeting)
            let received = try #require(after[#"convene_packets_total{direction="in"}"#])
            #expect(received >= Double(report.packetsSent))
            // Each packet goes to four; the first ones were sent before all of them were there.
            let sent = try #require(after[#"convene_packets_total{direction="out"}"#])
            #expect(sent >= Double(report.packetsDelivered) && sent <= 4 * received)
            #expect(after["convene_rooms"] == 0 && after["convene_participants"] == 0)
            #expect(after["convene_recording_segments_total"] == 3)
            try await Wait.until("the end of the recordings") {
                try HTTP.metrics(meeting)["convene_recording_finalised_total"] == 3
                    && HTTP.metrics(meeting)["convene_recording_open_segments"] == 0
            }
            #expect(try #require(after["convene_recording_durable_bytes_total"]) > 10_000)
            #expect(try #require(after["convene_recording_sync_seconds_count"]) > 0)
            try await meeting.stop()
        }

        @Test(.timeLimit(.minutes(1)))
        func aLoadWhoseServerEndsFails() async throws {
            let meeting = try await Meeting.start()
            let load = try load(meeting, ["--subscribers", "3", "--duration", "3"])
            try await load.line("the beginning", in: \.errors) { $0.contains("measuring") }
            try await meeting.stop()
            #expect(try await load.wait() == .exited(1))
            let report = try report(load)
            #expect(report.reconnects == 4 && report.joined == 0)
            #expect(report.errors["bye server_shutdown"] == 4)
            #expect(load.errors.contains("convene: The load failed:"))
        }

        @Test(.timeLimit(.minutes(1)))
        func whoIsNotLetInIsTold() async throws {
            let meeting = try await Meeting.start(environment: ["CONVENE_ROOMS_MAXIMUM_PARTICIPANTS": "3"])
            let load = try load(meeting, ["--subscribers", "4", "--duration", "0.5"])
            #expect(try await load.wait() == .exited(1))
            let report = try report(load)
            #expect(report.joined == 3 && report.errors == ["room_full": 2])
            #expect(load.errors.contains("2 of 5 participants"))
            try await meeting.stop()
        }
    }
}

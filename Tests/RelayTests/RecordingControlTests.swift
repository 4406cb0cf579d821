import Client
import Relay
import Testing
import Wire

/// How a wish for the recording goes to the tap, and what comes back from it.
@Suite(.timeLimit(.minutes(1))) struct RecordingControlTests {
    private func states(_ recorder: Recorder) -> [String] {
        recorder.events.elements.compactMap {
            if case .recording(let state, let reason) = $0 { "\(state) \(reason ?? "")" } else { nil }
        }
    }

    private func wait(_ recorder: Recorder, for wanted: RecordingState) async {
        await recorder.events.wait {
            $0.contains { if case .recording(wanted, _) = $0 { true } else { false } }
        }
    }

    @Test func aWishReachesTheTapAndItsEffectEverybody() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { relay in
            let viewer = try await relay.viewer("Viewer").recorder
            let connection = try await relay.connect("Anna")
            for action in RecordingAction.allCases { connection.record(action) }
            await tap.calls.wait { $0.contains("record pause anna Anna") }
            #expect(
                tap.calls.elements.filter { $0.hasPrefix("record") } == [
                    "record start anna Anna", "record stop anna Anna", "record pause anna Anna",
                ])
            tap.controls.elements.first?.setRecording(.paused, reason: "Anna paused it")
            await wait(viewer, for: .paused)
            let late = try await relay.connect("Late")
            #expect(late.welcome.recording == .paused && late.welcome.recordingReason == "Anna paused it")
        }
    }

    @Test func anAnswerGoesToTheOneWhoAskedAlone() async throws {
        let tap = RecordingTap()
        try await TestRelay.run(taps: tap) { relay in
            let viewer = try await relay.viewer("Viewer").recorder
            let asking = try await relay.viewer("Anna").recorder
            let control = try #require(tap.controls.elements.first)
            control.repeatRecording(to: "anna")
            control.refuse("anna", WireError(.recordingUnavailable, "The disk is full."))
            control.refuse("nobody", WireError(.recordingUnavailable, "Nobody hears this."))
            await asking.events.wait {
                $0.contains {
                    if case .warning("recording_unavailable", "The disk is full.") = $0 {
                        true
                    } else {
                        false
                    }
                }
            }
            #expect(states(asking) == ["recording ", "recording "], "once on joining, once as the answer")
            // What came to everybody in between would be here before this.
            control.setRecording(.stopped, reason: nil)
            await wait(viewer, for: .stopped)
            #expect(states(viewer) == ["recording ", "stopped "])
            #expect(!viewer.events.elements.contains { if case .warning = $0 { true } else { false } })
        }
    }

    @Test func aServerWithoutAnArchiveRefuses() async throws {
        try await TestRelay.run { relay in
            let socket = try RawSocket(port: relay.port)
            try socket.join("Anna")
            socket.send(.record(.start))
            let answer = try socket.message { if case .error = $0 { true } else { false } }
            guard case .error("recording_unavailable", let text, false, nil)? = answer else {
                Issue.record("\(String(describing: answer))")
                return
            }
            #expect(text.contains("archive.record"))
            // The session goes on.
            socket.send(.ping(time: 5))
            #expect(try socket.message { if case .pong(5, _) = $0 { true } else { false } } != nil)
        }
    }
}

import Foundation
import Testing

extension EndToEnd {
    /// Strangers with a socket and bad intentions, in a short form. `scripts/attack-test` is the long one.
    @Suite("Attacks")
    struct AttackTests {
        @Test(.timeLimit(.minutes(5)))
        func attacksDisturbNobodyAndTakeNoMoreThanTheBudget() async throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            let script = root.appending(path: "Attacks/attack.py").path
            // Beside other tests the machine is too busy to judge delays of milliseconds.
            let process = try ChildProcess(
                "/usr/bin/env",
                [
                    "python3", script, "--program", try ProgramLocation.program(), "--scale", "0.1",
                    "--no-timing",
                ])
            let ending = try await process.wait(seconds: 280)
            #expect(ending == .exited(0), "\(process.output) \(process.errors)")
        }
    }
}

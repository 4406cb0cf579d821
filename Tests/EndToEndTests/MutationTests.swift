import Foundation
import Glibc
import MediaTesting
import Testing

extension EndToEnd {
    /// Damaged files: whatever is in them, the program ends soon, by itself, and with a clear word.
    @Suite struct MutationTests {
        /// `scripts/mutate-test` sets them: how many files, from which seed.
        private static let countVariable = "CONVENE_MUTATIONS"
        private static let seedVariable = "CONVENE_MUTATION_SEED"
        private static let standardCount = 100
        /// Seconds after which a run counts as hung; under a sanitizer everything takes several times as long.
        private static let patience = 10.0
        private static let patienceVariable = "CONVENE_MUTATION_PATIENCE"
        /// Done, or no input of use: nothing else is wrong, so that everything else is a bug.
        private static let statuses: Set<Int32> = [0, 66]

        private static func setting(_ name: String) -> Double? {
            ProcessInfo.processInfo.environment[name].flatMap { Double($0) }
        }

        @Test(.timeLimit(.minutes(120)))
        func everyDamagedFileEndsWithAClearResult() async throws {
            let count = Int(Self.setting(Self.countVariable) ?? Double(Self.standardCount))
            let seed = UInt64(Self.setting(Self.seedVariable) ?? 1)
            let patience = Self.setting(Self.patienceVariable) ?? Self.patience
            let folder = try TemporaryFolder()
            let sources = try Self.sources()
            var outcomes: [String: Int] = [:]
            for number in 0..<count {
                var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
                let source = sources[Int(generator.next() % UInt64(sources.count))]
                let mutant = Mutant(source: source, generator: &generator)
                let outcome = try await Self.try(mutant, in: folder, patience: patience)
                outcomes[outcome.text, default: 0] += 1
                guard !outcome.isClear else { continue }
                let kept = try mutant.keep("\(number)-\(seed)")
                Issue.record("\(kept) (\(mutant.what)): \(outcome.text)")
            }
            print(
                "\(count) damaged files: \(outcomes.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))"
            )
        }

        /// The same for files that are sent: in real time, so that they are fewer, and each for a moment only.
        @Test(.timeLimit(.minutes(120)))
        func everyDamagedFileIsSentOrRefused() async throws {
            let count = Int(Self.setting(Self.countVariable) ?? Double(Self.standardCount)) / Self.sentShare
            let seed = UInt64(Self.setting(Self.seedVariable) ?? 1)
            let meeting = try await Meeting.start()
            let sources = try Self.sources()
            for number in 0..<count {
                var generator = SeededGenerator(seed: seed &* 7_000_003 &+ UInt64(number))
                let source = sources[Int(generator.next() % UInt64(sources.count))]
                let mutant = Mutant(source: source, generator: &generator)
                let input = "\(meeting.folder.path)/in.\(mutant.suffix)"
                try mutant.bytes.write(to: URL(filePath: input))
                let publisher = try meeting.publish("Mutant", ["--file", input, "--duration", "1"])
                let ending = try? await publisher.wait(seconds: Self.setting(Self.patienceVariable) ?? 20)
                guard case .exited(let status) = ending, Self.statuses.contains(status) else {
                    let kept = try mutant.keep("sent-\(number)-\(seed)")
                    let how = ending.map { "\($0)" } ?? "hangs"
                    Issue.record("\(kept) (\(mutant.what)): \(how): \(publisher.errors.suffix(2000))")
                    continue
                }
            }
            try await meeting.stop()
        }

        /// One in so many of those that are transcoded.
        private static let sentShare = 8

        private static func sources() throws -> [String] {
            let folder = URL(fileURLWithPath: ManifestStage.media("x")).deletingLastPathComponent().path
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            return names.map { "\(folder)/\($0)" }
        }

        private struct Outcome {
            let text: String
            let isClear: Bool
        }

        private static func `try`(_ mutant: Mutant, in folder: TemporaryFolder, patience: Double) async throws
            -> Outcome
        {
            let input = "\(folder.path)/in.\(mutant.suffix)"
            let output = "\(folder.path)/out"
            try mutant.bytes.write(to: URL(filePath: input))
            try? FileManager.default.removeItem(atPath: output)
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: input) }
            let child = try ChildProcess(
                try ProgramLocation.program(),
                ["transcode", input, "\(output)/o.mp4", "--size", "x90", "--speed", "ultrafast"])
            child.closeInput()
            guard let ending = try? await child.wait(seconds: patience) else {
                return Outcome(text: "hangs", isClear: false)
            }
            guard case .exited(let status) = ending else {
                return Outcome(text: "\(ending): \(child.errors.suffix(2000))", isClear: false)
            }
            guard statuses.contains(status), !child.errors.contains("Sanitizer") else {
                return Outcome(text: "status \(status): \(child.errors.suffix(4000))", isClear: false)
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: output)
            if status == 0 {
                return Outcome(text: "transcoded", isClear: files == ["o.mp4"])
            }
            let message = child.errors.split(separator: "\n").last ?? ""
            return Outcome(
                text: "refused (\(status))", isClear: files.isEmpty && message.hasPrefix("convene: "))
        }
    }
}

/// A fixture with some bits turned, cut off, doubled or overwritten.
private struct Mutant {
    let bytes: Data
    let suffix: String
    /// What was done to it, for messages.
    let what: String

    init(source: String, generator: inout SeededGenerator) {
        let name = URL(fileURLWithPath: source)
        suffix = name.pathExtension
        var data = [UInt8](FileManager.default.contents(atPath: source) ?? Data())
        var steps: [String] = []
        func place(_ limit: Int) -> Int { limit > 0 ? Int(generator.next() % UInt64(limit)) : 0 }
        switch generator.next() % 8 {
        case 0, 1:
            let length = place(data.count)
            data = Array(data.prefix(length))
            steps.append("cut to \(length)")
        case 2:
            let start = place(data.count)
            let length = min(data.count - start, place(4096))
            data.replaceSubrange(start..<start + length, with: generator.bytes(length))
            steps.append("\(length) bytes overwritten at \(start)")
        case 3:
            let start = place(data.count)
            let length = min(data.count - start, place(8192))
            data.removeSubrange(start..<start + length)
            steps.append("\(length) bytes taken out at \(start)")
        default:
            // In the head, where the structure is, more often than anywhere.
            let range = generator.next() % 2 == 0 ? min(data.count, 2048) : data.count
            let flips = 1 + place(64)
            for _ in 0..<(range > 0 ? flips : 0) { data[place(range)] ^= UInt8(1 << place(8)) }
            steps.append("\(flips) bits turned in the first \(range) bytes")
        }
        bytes = Data(data)
        what = "\(name.lastPathComponent), \(steps.joined(separator: ", "))"
    }

    /// Keeps it for whoever looks for the reason.
    func keep(_ name: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "convene-mutant-\(name).\(suffix)"
        ).path
        try bytes.write(to: URL(filePath: path))
        return path
    }
}

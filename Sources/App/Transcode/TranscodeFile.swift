import Media
import Transcode

/// `convene transcode IN OUT…`: renditions of one file.
public enum TranscodeFile {
    /// Makes them. All or nothing.
    /// - Throws: ``AppError``, also where SIGINT or SIGTERM ended it.
    @MainActor
    public static func run(_ options: TranscodeOptions) async throws {
        let request = try options.request()
        try await Termination.run(after: nil) { termination in
            let result = try await transcode(request, termination, isQuiet: options.isJSON)
            if options.isJSON {
                Output.line(try JSONText.encode(result))
            } else {
                for line in lines(result, request: request) { Output.line(line) }
            }
        }
    }

    private static func transcode(
        _ request: TranscodeRequest, _ termination: Termination, isQuiet: Bool
    ) async throws -> TranscodeResult {
        try await BlockingWork.run("transcode") {
            var display = isQuiet ? nil : TranscodeDisplay()
            defer { display?.clear() }
            return try Transcoder.run(request, isCancelled: { termination.isRequested }) {
                display?.update($0)
            }
        }
    }

    private static func lines(_ result: TranscodeResult, request: TranscodeRequest) -> [String] {
        var lines = result.notes.map { "\(request.input): \($0)" }
        for output in result.outputs {
            var parts = [DecimalText.seconds(output.duration), ByteSize.text(output.bytes)]
            if output.framesOut > 0 { parts.append("\(output.framesOut) pictures") }
            if output.framesDuplicated > 0 { parts.append("\(output.framesDuplicated) repeated") }
            if output.framesDropped > 0 { parts.append("\(output.framesDropped) left out") }
            if output.files.count > 1 { parts.append("\(output.files.count) files") }
            lines.append("\(output.path): \(parts.joined(separator: ", "))")
            lines += output.notes.map { "\(output.path): \($0)" }
        }
        return lines
    }
}

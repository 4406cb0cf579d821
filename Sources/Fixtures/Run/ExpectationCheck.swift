import Media
import Transcode

/// Compares a result with what the manifest expects of it, but for golden frames.
enum ExpectationCheck {
    /// Everything that is not as expected.
    static func failures(_ result: WorkResult, _ expectation: Expectation) -> [BatchFailure] {
        if let failure = result.failure {
            if failure.code == expectation.error { return [] }
            let expected =
                expectation.error.map { " It should fail with \($0), not with \(failure.code)." } ?? ""
            return [BatchFailure(code: .transcode(failure.code), text: failure.text + expected)]
        }
        if let error = expectation.error {
            return [BatchFailure(code: .succeeded, text: "It was made, but should fail with \(error).")]
        }
        return [
            quality(result, .psnr, expectation.minimumPSNR, code: .psnr, unit: " dB", places: 2),
            quality(result, .ssim, expectation.minimumSSIM, code: .ssim, unit: "", places: 4),
            size(result, expectation), duration(result, expectation), frames(result, expectation),
            streams(result, expectation),
        ].compactMap { $0 } + notes(result, expectation)
    }

    private static func quality(
        _ result: WorkResult, _ metric: Metric, _ minimum: Double?, code: BatchFailure.Code, unit: String,
        places: Int
    ) -> BatchFailure? {
        guard let minimum else { return nil }
        guard let measure = result.measures.first(where: { $0.metric == metric }) else {
            return BatchFailure(
                code: code, text: "There is no \(metric.rawValue.uppercased()): no pictures to compare.")
        }
        let average = measure.average ?? .infinity
        guard average < minimum else { return nil }
        func text(_ value: Double) -> String { DecimalText.fixed(value, digits: places) + unit }
        return BatchFailure(
            code: code,
            text:
                "\(metric.rawValue.uppercased()) against the source is \(text(average)), at least \(text(minimum)) is"
                + " expected; worst is \(text(measure.minimum ?? .infinity)) at"
                + " \(DecimalText.fixed(measure.minimumAt, digits: 3)) s.")
    }

    private static func size(_ result: WorkResult, _ expectation: Expectation) -> BatchFailure? {
        guard let maximum = expectation.maximumBytes, result.bytes > maximum else { return nil }
        return BatchFailure(
            code: .size, text: "It has \(result.bytes) bytes, at most \(maximum) are expected.")
    }

    private static func duration(_ result: WorkResult, _ expectation: Expectation) -> BatchFailure? {
        guard let length = expectation.duration, abs(result.duration - length.seconds) > length.tolerance
        else {
            return nil
        }
        func text(_ value: Double) -> String { DecimalText.fixed(value, digits: 3) }
        return BatchFailure(
            code: .duration,
            text: "It plays \(text(result.duration)) s, expected are \(text(length.seconds)) s, more or less"
                + " \(text(length.tolerance)) s.")
    }

    private static func frames(_ result: WorkResult, _ expectation: Expectation) -> BatchFailure? {
        guard let frames = expectation.frames, result.frames != frames else { return nil }
        return BatchFailure(code: .frames, text: "It has \(result.frames) pictures, \(frames) are expected.")
    }

    private static func notes(_ result: WorkResult, _ expectation: Expectation) -> [BatchFailure] {
        (expectation.notes ?? []).filter { wanted in !result.notes.contains { $0.contains(wanted) } }.map {
            wanted in
            let notes =
                result.notes.isEmpty ? "there is none" : "there are: \(result.notes.joined(separator: "; "))"
            return BatchFailure(code: .notes, text: "No note says \"\(wanted)\"; \(notes).")
        }
    }

    private static func streams(_ result: WorkResult, _ expectation: Expectation) -> BatchFailure? {
        guard let expected = expectation.streams else { return nil }
        let isRight =
            expected.count == result.streams.count
            && zip(expected, result.streams).allSatisfy { $0.matches($1) }
        guard !isRight else { return nil }
        let found = result.streams.map(StreamExpectation.init).map(\.shown).joined(separator: ", ")
        let wanted = expected.map(\.shown).joined(separator: ", ")
        return BatchFailure(code: .streams, text: "Its tracks are [\(found)], expected are [\(wanted)].")
    }
}

extension StreamExpectation {
    /// A track as it is.
    init(_ stream: MediaReport.Stream) {
        self.init(kind: stream.kind == "audio" ? .audio : .video)
        codec = stream.codec
        width = stream.video?.width
        height = stream.video?.height
        bitDepth = stream.video?.bitDepth
        channels = stream.audio?.channels
        sampleRate = stream.audio?.sampleRate
    }

    func matches(_ stream: MediaReport.Stream) -> Bool {
        let found = StreamExpectation(stream)
        func fits<Value: Equatable>(_ wanted: Value?, _ value: Value?) -> Bool {
            wanted == nil || wanted == value
        }
        return stream.kind == kind.rawValue && fits(codec, found.codec) && fits(width, found.width)
            && fits(height, found.height) && fits(bitDepth, found.bitDepth) && fits(channels, found.channels)
            && fits(sampleRate, found.sampleRate)
    }

    /// `video h264 320x180 8 bit`, `audio aac 2 channels 48000 Hz`; what may be anything is left out.
    var shown: String {
        let size =
            width != nil || height != nil
            ? "\(width.map { "\($0)" } ?? "?")x\(height.map { "\($0)" } ?? "?")" : nil
        return [
            kind.rawValue, codec, size, bitDepth.map { "\($0) bit" }, channels.map { "\($0) channels" },
            sampleRate.map { "\($0) Hz" },
        ].compactMap { $0 }.joined(separator: " ")
    }
}

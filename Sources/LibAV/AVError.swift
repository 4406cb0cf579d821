import CFFmpeg

/// What FFmpeg refused, with its own words.
public struct AVError: Error, Sendable, CustomStringConvertible {
    /// The function that failed, for instance `avcodec_open2(libx264)`.
    public let operation: String
    /// FFmpeg's error code: a negated `errno`, or one of `AVERROR_…`.
    public let code: Int32
    /// What the library logged while it failed, at level error or worse; the last line usually names the cause.
    public let log: [String]

    /// A failure of `operation` with FFmpeg's `code`.
    public init(operation: String, code: Int32, log: [String] = []) {
        self.operation = operation
        self.code = code
        self.log = log
    }

    /// Out of memory in `operation`, for functions that return a null pointer.
    static func noMemory(_ operation: String) -> AVError {
        AVError(operation: operation, code: convene_averror_nomem)
    }

    /// The code of what no other one fits.
    public static let unknownCode = convene_averror_unknown

    /// FFmpeg's text for the code.
    public var reason: String {
        var text = [CChar](repeating: 0, count: 128)
        av_strerror(code, &text, text.count)
        return text.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// The `errno` behind the code, where it has one.
    public var errno: Int32? {
        let value = convene_errno(code)
        return (1...255).contains(value) ? value : nil
    }

    /// Whether the input ended.
    public var isEndOfFile: Bool { code == convene_averror_eof }

    /// Whether there is nothing yet: ask again later.
    public var isTryAgain: Bool { code == convene_averror_again }

    /// Whether the bytes were damaged, as far as the library can tell.
    public var isInvalidData: Bool { code == convene_averror_invaliddata }

    /// `avcodec_open2(libx264): Invalid argument (…what the library logged…)`
    public var description: String {
        log.isEmpty ? "\(operation): \(reason)" : "\(operation): \(reason) (\(log.joined(separator: "; ")))"
    }
}

/// Throws where `code` is an error; returns it otherwise.
@discardableResult
func check(_ code: Int32, _ operation: @autoclosure () -> String) throws(AVError) -> Int32 {
    if code < 0 { throw AVError(operation: operation(), code: code) }
    return code
}

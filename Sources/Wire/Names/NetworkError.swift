import Glibc
import NIOCore

/// What an error of the network says to people.
public enum NetworkError {
    /// The system's words where the error has them, our own errors as they are; never the name of a type or a function.
    public static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError: return words(error.errnoCode)
        case let error as ChannelError: return text(error)
        case is EventLoopError: return "the program is about to end"
        default:
            let text = "\(error)"
            // Without words of its own, an error is printed as the name of its type and what it holds.
            return error is any CustomStringConvertible
                ? text : "it failed for a reason that is not known (\(text))"
        }
    }

    private static func words(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func text(_ error: ChannelError) -> String {
        switch error {
        case .connectTimeout: "nobody answered in time"
        case .ioOnClosedChannel, .alreadyClosed, .outputClosed, .inputClosed, .eof:
            "the connection is closed"
        case .connectPending, .operationUnsupported, .inappropriateOperationForState: "it is not possible now"
        default: "the connection failed"
        }
    }
}

import Archive
import Capture
import Client
import Codec
import Container
import Display
import Media
import Relay
import Transcode
import Wire

/// How a command ended, as the shell sees it (`sysexits.h` where it has a number).
public enum ExitStatus: Int32, Sendable {
    /// Everything was done.
    case done = 0
    /// It failed for a reason that has no number of its own.
    case failure = 1
    /// The command line or the configuration is wrong.
    case usage = 64
    /// A file or device that was named is not there or is not what it should be.
    case inputNotFound = 66
    /// The other end cannot be reached, or has gone.
    case unavailable = 69
    /// A bug of ours.
    case software = 70
    /// Reading or writing failed.
    case inputOutput = 74
    /// Ctrl-C or SIGTERM ended it before it was done (128 and the number of SIGINT, as shells count).
    case interrupted = 130
}

/// Why a command ended, in one line for people: what failed, the value, what to do.
public struct AppError: Error, Sendable, CustomStringConvertible {
    /// The line.
    public let description: String
    /// What the shell gets.
    public let status: ExitStatus

    /// An error from its parts.
    public init(_ description: String, status: ExitStatus) {
        self.description = description
        self.status = status
    }

    /// `error` with the exit status that belongs to it. What nobody foresaw is our bug.
    public init(_ error: any Error) {
        switch error {
        case let error as AppError: self = error
        case let error as CaptureError: self.init(error.description, status: Self.status(error.kind))
        case let error as ClientError: self.init(error.description, status: Self.status(error))
        case let error as ThreadError: self.init(error.description, status: .failure)
        case let error as RelayError: self.init(Self.text(error), status: .unavailable)
        case let error as ArchiveError: self.init(error.description, status: Self.status(error))
        case let error as ConveneURL.ParseError: self.init(error.description, status: .usage)
        case let error as ContainerError: self.init(error.description, status: .inputOutput)
        case let error as TranscodeError: self.init(error.description, status: Self.status(error))
        case let error as DisplayError: self.init(error.description, status: .failure)
        case let error as CodecError:
            if case .refused = error {
                self.init(error.description, status: .usage)
            } else {
                self.init(error.description, status: .failure)
            }
        default:
            self.init(
                "Something went wrong that should not: \(NetworkError.text(error)). Please report it.",
                status: .software)
        }
    }

    /// An unknown host has only the network library's words in the relay's error.
    private static func text(_ error: RelayError) -> String {
        guard case .bind(let host, let port, let reason) = error, reason.contains("UnknownHost") else {
            return error.description
        }
        return
            "Cannot listen on \(host):\(port): no machine of that name is known. Choose an address of this machine,"
            + " or 0.0.0.0 for all."
    }

    private static func status(_ kind: CaptureError.Kind) -> ExitStatus {
        switch kind {
        case .usage: .usage
        case .inputNotFound: .inputNotFound
        case .inputOutput: .inputOutput
        case .environment: .failure
        }
    }

    private static func status(_ error: ClientError) -> ExitStatus {
        switch error {
        case .unreachable, .timedOut, .closed: .unavailable
        case .refused, .noLayers: .failure
        }
    }

    private static func status(_ error: TranscodeError) -> ExitStatus {
        switch error {
        case .inputNotFound, .unreadable, .noTracks, .unsupportedCodec, .damaged: .inputNotFound
        case .noEncoder, .settings: .usage
        case .output: .inputOutput
        case .cancelled, .library: .failure
        }
    }

    private static func status(_ error: ArchiveError) -> ExitStatus {
        switch error {
        case .noSuchMeeting, .noArchive: .inputNotFound
        case .kept, .thread: .failure
        case .folder, .damaged, .index, .container: .inputOutput
        }
    }
}

import LibAV
public import Logging
import Synchronization

/// The program's log: lines on standard error.
public enum AppLog {
    /// A logger that writes from `level` on, and leads FFmpeg's warnings into it.
    public static func make(level: Logger.Level) -> Logger {
        var logger = Logger(label: "convene") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        let libraryLogger = logger
        LibAVLog.install(warnings: level <= .debug) { severity, line in
            switch severity {
            case .error: libraryLogger.warning("\(line)", metadata: ["from": "FFmpeg"])
            case .warning, .info: libraryLogger.debug("\(line)", metadata: ["from": "FFmpeg"])
            }
        }
        return logger
    }
}

import LibAV
public import Logging
import Synchronization

/// The program's log: lines on standard error.
public enum AppLog {
    /// What a person who is in a meeting or watches one reads of it, unless something else is configured.
    static let personLevel: [String: AppConfiguration.Flag] = ["log.level": .text("warning")]

    /// The logger of a connection whose breaks and returns a person is told by lines of their own.
    static func ofConnection(_ logger: Logger) -> Logger {
        var logger = logger
        if logger.logLevel == .warning { logger.logLevel = .error }
        return logger
    }

    /// A logger that writes from `level` on, and leads FFmpeg's warnings into it.
    /// - Parameter isForPerson: short lines, which do not land in what is typed.
    public static func make(level: Logger.Level, isForPerson: Bool = false) -> Logger {
        var logger = Logger(label: "convene") { _ in
            if isForPerson { PersonLog() } else { LineLog() }
        }
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

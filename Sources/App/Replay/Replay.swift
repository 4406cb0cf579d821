import Archive
import Logging
import Media
import Wire

/// `convene replay`: shows a recorded meeting as it happened, or publishes it into a room.
public enum Replay {
    /// Speeds that sound can be understood at.
    public static let speeds = 0.5...4.0

    /// Replays until the meeting is over.
    /// - Parameter file: the configuration file; `nil` for `config.json` where there is one.
    /// - Throws: ``AppError``, or what a module refuses.
    @MainActor
    public static func run(_ options: ReplayOptions, configuration file: String?) async throws {
        guard speeds.contains(options.speed) else {
            throw AppError("--speed \(options.speed) is not between 0.5 and 4.", status: .usage)
        }
        guard options.url == nil || options.speed == 1 else {
            throw AppError("--into publishes in real time: leave out --speed.", status: .usage)
        }
        try options.view.checkFiles()
        let address = try options.url.map { url throws(ConveneURL.ParseError) in try ConveneURL(url) }
        let configuration = try AppConfiguration(
            file: file, flags: options.archive.map { ["archive.path": .text($0)] } ?? [:])
        Output.detach()
        let logger = AppLog.make(level: Logger.Level(rawValue: configuration.text("log.level")) ?? .info)
        let entry = try ArchiveCatalogue(path: configuration.text("archive.path")).meeting(options.meeting)
        let start = try start(options.from, of: entry.manifest)
        let only = try options.only.map { try people(named: $0, in: entry.manifest) }
        try await Termination.run(after: nil) { termination in
            if let address {
                let publisher = ReplayPublisher(entry, only: only, logger: logger)
                try await publisher.run(into: address, from: start, termination)
            } else {
                let viewer = try ReplayViewer(entry, options: options, logger: logger)
                try await viewer.run(from: start, only: only, termination)
            }
        }
    }

    private static func start(_ text: String?, of manifest: MeetingManifest) throws -> Int64 {
        guard let text else { return 0 }
        guard let time = ClockTime.parse(text) else {
            throw AppError("--from \(text) is not a time such as \(ClockTime.forms).", status: .usage)
        }
        let participants = manifest.participants.map { max($0.joined, $0.left ?? 0) }
        let end = (participants + manifest.segments.map { $0.start + $0.duration }).max() ?? 0
        // A file that is being written has no length yet.
        guard time < end || manifest.segments.contains(where: { $0.state == .writing }) else {
            throw AppError(
                "--from \(text) is behind the meeting's end at \(ClockTime.text(end)).", status: .usage)
        }
        return time
    }

    private static func people(named name: String, in manifest: MeetingManifest) throws -> Set<String> {
        let wanted = name.lowercased()
        let found = manifest.participants.filter { $0.id == name || $0.name.lowercased() == wanted }
        guard !found.isEmpty else {
            let names = manifest.participants.map(\.name).joined(separator: ", ")
            throw AppError(
                "Nobody called \(name) was in the meeting; there were: \(names).", status: .inputNotFound)
        }
        return Set(found.map(\.id))
    }
}

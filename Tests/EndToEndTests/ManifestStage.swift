import Foundation
import MediaTesting

/// A folder with a manifest and copies of the project's fixtures, and what the program makes of it.
struct ManifestStage {
    let folder: TemporaryFolder
    var manifest: String { folder.path + "/m.json" }
    var output: String { folder.path + "/out" }

    /// What a run of the program came to.
    struct Run {
        let status: ChildProcess.Ending
        let output: String
        let errors: String
    }

    /// - Parameters:
    ///   - fixtures: names in `Fixtures/media`.
    ///   - renditions: the manifest's `renditions`, as JSON.
    ///   - entries: the manifest's `fixtures`, as JSON; by default the names.
    init(_ fixtures: [String], renditions: String = Self.small, entries: String? = nil) throws {
        folder = try TemporaryFolder()
        for name in fixtures {
            try FileManager.default.copyItem(atPath: Self.media(name), toPath: folder.path + "/" + name)
        }
        try write(
            renditions: renditions,
            entries: entries ?? "[" + fixtures.map { "\"\($0)\"" }.joined(separator: ", ") + "]")
    }

    func write(renditions: String, entries: String) throws {
        try "{\"renditions\": \(renditions), \"fixtures\": \(entries)}"
            .write(toFile: manifest, atomically: true, encoding: .utf8)
    }

    /// A rendition that is made in a moment.
    static let small =
        #"{"small": {"container": "mp4", "video": {"codec": "h264", "height": 90, "crf": 30, "preset": "veryfast"}, "audio": {"codec": "aac"}}}"#

    static func media(_ name: String, source: String = #filePath) -> String {
        URL(fileURLWithPath: source).deletingLastPathComponent()
            .appendingPathComponent("../../Fixtures/media/\(name)").standardizedFileURL.path
    }

    /// Starts the program on the manifest.
    func start(_ arguments: [String], environment: [String: String] = [:], under wrapper: [String] = [])
        throws
        -> ChildProcess
    {
        let command =
            wrapper + [try ProgramLocation.program(), "transcode", "--manifest", manifest] + arguments
        let child = try ChildProcess(command[0], Array(command.dropFirst()), environment: environment)
        child.closeInput()
        return child
    }

    /// Runs the program on the manifest to its end.
    func run(_ arguments: [String], environment: [String: String] = [:], under wrapper: [String] = [])
        async throws
        -> Run
    {
        let child = try start(arguments, environment: environment, under: wrapper)
        let status = try await child.wait(seconds: 120)
        return Run(status: status, output: child.output, errors: child.errors)
    }

    /// Paths of all files below a folder of the stage, sorted; what the program keeps for itself is left out.
    func files(_ name: String) throws -> [String] {
        let root = folder.path + "/" + name
        let all = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return all.filter { path in
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder)
            return !isFolder.boolValue && !path.hasPrefix(".convene/")
        }.sorted()
    }

    /// Folders and locks of runs, in the folder that results are kept in.
    func leftovers() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: output + "/.convene/work")) ?? []).sorted()
    }

    func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
    }
}

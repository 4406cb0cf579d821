import Foundation
import MediaTesting

/// Keeps beside an archive what a power cut would leave of it, and lays it out: see `Tests/PowerCut/durable.c`.
final class PowerCut {
    private let folder: TemporaryFolder
    private let library: String
    private var state: String { folder.path + "/state" }

    /// Builds the library. It takes a C compiler: Swift brings one.
    init() async throws {
        folder = try TemporaryFolder()
        library = folder.path + "/durable.so"
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("PowerCut/durable.c").path
        _ = try await ChildProcess.run("clang", ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"])
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
    }

    /// What a server that records into `archive` is started with.
    func environment(archive: String) -> [String: String] {
        ["LD_PRELOAD": library, "DURABLE_ROOT": archive, "DURABLE_STATE": state]
    }

    /// Lays out at `target` what is durable of the folder `archive`.
    func restore(_ archive: String, to target: String) throws {
        let attributes = try FileManager.default.attributesOfItem(atPath: archive)
        guard let inode = attributes[.systemFileNumber] as? UInt64 else {
            throw HarnessError("\(archive) has no inode.")
        }
        try restore(folder: inode, to: target)
    }

    private func restore(folder inode: UInt64, to target: String) throws {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        // A folder that was never synced is there, and empty.
        guard let listing = try? String(contentsOfFile: "\(state)/folder-\(inode)", encoding: .utf8) else {
            return
        }
        for line in listing.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, let entry = UInt64(parts[1]) else { continue }
            let path = target + "/" + parts[2]
            if parts[0] == "d" {
                try restore(folder: entry, to: path)
            } else if FileManager.default.fileExists(atPath: "\(state)/inode-\(entry)") {
                try FileManager.default.copyItem(atPath: "\(state)/inode-\(entry)", toPath: path)
            } else {
                // The name was synced, the contents never: the file is empty.
                _ = FileManager.default.createFile(atPath: path, contents: nil)
            }
        }
    }
}

import Glibc

/// Where golden frames are: a folder for each major version of libavcodec, in it one for each fixture, in it a text for
/// each rendition and, where it is small enough, the rendition itself in a folder of that name.
struct GoldenStore: Sendable {
    private static let suffix = ".txt"

    /// The folder of the libavcodec that runs now.
    let folder: String
    let major: Int
    /// Greatest size of a rendition that is kept, bytes.
    let mediaBytes: Int

    init(_ manifest: Manifest) {
        major = GoldenFrames.libraries["libavcodec"] ?? 0
        folder = "\(manifest.resolve(manifest.goldenFolder))/\(major)"
        mediaBytes = manifest.goldenMediaBytes
    }

    func path(_ fixture: BatchPlan.Fixture, _ rendition: BatchPlan.Rendition) -> String {
        "\(folder)/\(fixture.name)/\(rendition.name)\(Self.suffix)"
    }

    private func mediaFolder(_ path: String) -> String { String(path.dropLast(Self.suffix.count)) }

    /// The rendition of then beside golden frames, where it was kept.
    func media(_ path: String, named name: String) -> String? {
        let file = "\(mediaFolder(path))/\(name)"
        return FileTree.size(file) == nil ? nil : file
    }

    /// Writes golden frames and, where it is small enough, the rendition.
    /// - Returns: `false` where all of it was there already.
    func write(
        _ golden: GoldenFrames, of result: WorkResult, in folder: String, to path: String
    ) throws(BatchError) -> Bool {
        let keepsMedia = result.bytes <= mediaBytes
        let place = mediaFolder(path)
        let isKept = keepsMedia && result.files.allSatisfy { ResultCache.isWhole($0, in: place) }
        let hasOthers = Set(FileTree.names(in: place)) != Set(keepsMedia ? result.files.map(\.name) : [])
        if FileTree.text(path) == golden.text, isKept == keepsMedia, !hasOthers { return false }
        FileTree.remove(place)
        try FileTree.make(keepsMedia ? place : String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        if keepsMedia {
            for file in result.files {
                // A copy: what is committed must not change with what is cached.
                try FileTree.copyWhole("\(folder)/\(file.name)", to: "\(place)/\(file.name)")
            }
        }
        try FileTree.write(golden.text, to: path)
        return true
    }

    /// Removes golden frames that no rendition of the manifest has any more.
    /// - Returns: how many.
    func removeStale(keeping paths: Set<String>) -> Int {
        var count = 0
        for path in texts(in: folder) where !paths.contains(path) {
            guard let text = FileTree.text(path), GoldenFrames.isGolden(text) else { continue }
            FileTree.remove(mediaFolder(path))
            FileTree.remove(path)
            removeEmptyFolders(above: path)
            count += 1
        }
        return count
    }

    private func texts(in folder: String) -> [String] {
        FileTree.names(in: folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            return FileTree.isFolder(path) ? texts(in: path) : name.hasSuffix(Self.suffix) ? [path] : []
        }
    }

    private func removeEmptyFolders(above path: String) {
        var path = path
        while let slash = path.lastIndex(of: "/") {
            path = String(path[..<slash])
            // Fails where it is not empty.
            guard path.utf8.count > folder.utf8.count, rmdir(path) == 0 else { return }
        }
    }
}

import Container

/// Digests of finalised files, kept in the manifest.
enum SegmentDigests {
    /// Computes those that are missing in the meeting of `folder`, and writes them into its manifest. Blocks long.
    /// - Returns: how many were added.
    static func add(folder: String, isCancelled: () -> Bool = { false }) throws(ArchiveError) -> Int {
        let missing = try MeetingManifest.read(folder: folder).segments.filter {
            $0.state == .finalised && $0.sha256 == nil
        }
        var count = 0
        for segment in missing {
            let digest: String?
            do {
                digest = try FileDigest.sha256(
                    folder + "/" + segment.file, levels: RecordingFile.archiveLevels, isCancelled: isCancelled
                )
            } catch {
                throw .container(error)
            }
            guard let digest else { break }
            try MeetingFolder.update(folder: folder) { manifest in
                // Only for the file that was read.
                guard let index = manifest.segments.firstIndex(where: { $0.file == segment.file }),
                    manifest.segments[index].bytes == segment.bytes
                else { return }
                manifest.segments[index].sha256 = digest
            }
            count += 1
        }
        return count
    }
}

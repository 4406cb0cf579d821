import Container
import Glibc
import LibAV

/// What is wrong with a file that libavformat does not take, where the file's beginning says more than the library.
package enum UnreadableFile {
    private static let headBytes = 512
    /// Playlists and descriptions are text, too: why they cannot be read, the library knows better.
    private static let mediaTexts = ["#EXTM3U", "ffconcat", "v=0"]

    /// `nil` where the file may be media.
    package static func reason(_ path: String) -> String? {
        guard path != InputFormat.standardInput, let head = beginning(of: path) else { return nil }
        if head.isEmpty { return "it is empty" }
        let isText = head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
        guard isText, !mediaTexts.contains(where: { head.starts(with: $0.utf8) }) else { return nil }
        return "it is text, and no format that FFmpeg knows"
    }

    private static func beginning(of path: String) -> [UInt8]? {
        // To open a pipe waits for somebody to write into it.
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        do {
            let file = try RecordingFile(path, .read)
            return try file.read(headBytes, at: 0)
        } catch { return nil }
    }
}

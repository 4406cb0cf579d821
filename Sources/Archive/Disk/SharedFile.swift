import Container
import Synchronization

/// A file that the thread that writes and the thread that syncs have in common. It is closed when both let go.
final class SharedFile: Sendable {
    let file: RecordingFile

    /// The room that is told where it cannot be synced.
    let voice: RoomVoice?

    private let progress = Mutex(SyncProgress())
    /// The folder whose entry of the file is not on the disk yet.
    private let newIn: Mutex<String?>

    /// A file that others share. `newIn`: the folder in which it was made, where it was.
    init(_ file: consuming RecordingFile, voice: RoomVoice? = nil, newIn folder: String? = nil) {
        self.file = file
        self.voice = voice
        newIn = Mutex(folder)
    }

    /// Bytes that will be written there are to stay in memory: finalising reads them. In the order of the file.
    func keep(_ range: Range<Int64>) {
        progress.withLock { $0.keep(range) }
    }

    /// Writes once more what the disk has refused to sync: after such an error the system takes it for written, and the next
    /// sync would succeed without it. Only for whoever writes the file; costs nothing where nothing was refused.
    /// - Parameter end: bytes of the file.
    func writeAgain(upTo end: Int64) {
        guard var position = progress.withLock({ $0.takeRefused() }) else { return }
        do {
            while position < end {
                let part = try file.read(Int(min(Self.partBytes, end - position)), at: position)
                if part.isEmpty { return }
                try file.write(part, at: position)
                position += Int64(part.count)
            }
        } catch {
            // The next fragment tries again.
            progress.withLock { $0.fail() }
        }
    }

    private static let partBytes: Int64 = 1 << 20

    /// Returns when everything that was written before the call is on the disk, with the file's name. One thread at a time; may be called while
    /// another writes.
    ///
    /// The system's memory of what was on the disk before is given back: nobody reads it soon, and a recording would fill all
    /// memory there is. What was synced just now stays until the next call, since to give it back at once takes the system
    /// much longer.
    /// - Returns: how many bytes were not on the disk before.
    func synchronize() throws(ContainerError) -> Int64 {
        let size = try file.size()
        do {
            try file.synchronize()
            if let folder = newIn.withLock({ $0 }) {
                try RecordingFile.synchronizeFolder(folder)
                newIn.withLock { $0 = nil }
            }
        } catch {
            progress.withLock { $0.fail() }
            throw error
        }
        let (fresh, idle) = progress.withLock { $0.advance(to: size) }
        for range in idle { file.forget(range) }
        return fresh
    }
}

import CLinux
import Glibc

/// What the system does with a file's bytes in memory. Hints: where the file system does not take them, nothing is lost but time.
extension RecordingFile {
    private static let page: Int64 = 4096

    /// Lets the disk begin with what was written, so that ``synchronize()`` has less to wait for. May be called while another
    /// thread writes.
    public func startSynchronizing() { _ = convene_start_writeback(descriptor) }

    /// Lets the system give back the memory of what is on the disk already, in whole pages.
    public func forget(_ range: Range<Int64>) {
        let start = (max(0, range.lowerBound) + Self.page - 1) / Self.page * Self.page
        // Up to the end of a page: of the page in which the file ends the system would drop what the next write needs.
        let end = range.upperBound / Self.page * Self.page
        if start < end {
            _ = posix_fadvise(descriptor, off_t(start), off_t(end - start), POSIX_FADV_DONTNEED)
        }
    }
}

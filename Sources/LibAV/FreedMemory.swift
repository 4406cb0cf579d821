internal import CFFmpeg

/// What becomes of memory that is freed.
public enum FreedMemory {
    /// Lets the allocator keep up to 2 MB for each of its arenas instead of 128 kB.
    ///
    /// A muxer frees a fragment's worth of memory several times a second and needs it again at once. Given back to the system
    /// and faulted in again, that takes a tenth of a recorder's time.
    public static func keep() {
        mallopt(M_TRIM_THRESHOLD, 2 << 20)
        mallopt(M_MMAP_THRESHOLD, 2 << 20)
    }
}

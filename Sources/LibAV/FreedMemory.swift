internal import CFFmpeg

/// What becomes of memory that is freed.
public enum FreedMemory {
    /// Lets the allocator keep up to 2 MB for each of its arenas instead of 128 kB.
    ///
    /// A server frees what it has received many times a second and needs the memory again at once; to give it back to the
    /// system and to fault it in again takes longer than most of what is done with it.
    public static func keep() {
        mallopt(M_TRIM_THRESHOLD, 2 << 20)
        mallopt(M_MMAP_THRESHOLD, 2 << 20)
    }

    /// Bytes that are free and that the allocator keeps from the system. Stops every thread that allocates for a moment.
    public static var kept: Int { Int(clamping: mallinfo2().fordblks) }

    /// Gives everything that is free back to the system, also between what is in use. Takes some milliseconds.
    public static func giveBack() { malloc_trim(0) }
}

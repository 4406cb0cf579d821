import Glibc

/// The threads with which a viewer decodes. Sound has its own: it does not wait for pictures.
struct DecodePools: Sendable {
    let pictures: DecodePool
    let sound: DecodePool

    /// As many threads as this machine has cores, within bounds. No window shows more tiles than there are decoders of
    /// pictures; a decoder of sound and what it is ahead take about a megabyte.
    init() {
        let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        pictures = DecodePool("decode", threads: min(max(cores, 2), 8), decoders: 64)
        sound = DecodePool("sound", threads: 2, decoders: 256)
    }

    /// Ends when everything is decoded. The lanes must be closed.
    func finish() async {
        await pictures.finish()
        await sound.finish()
    }
}

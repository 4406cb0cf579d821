import Codec
import LibAV

extension SourceFile {
    /// A decoder for one of the streams.
    /// - Parameters:
    ///   - threads: worker threads, 0 for as many as there are cores.
    ///   - isBitExact: the same result on every machine.
    /// - Throws: ``TranscodeError/damaged(path:reason:)``: there is a decoder, but it refuses what the file says.
    func decoder(_ stream: InputStream, threads: Int, isBitExact: Bool) throws(TranscodeError) -> FrameDecoder
    {
        do {
            return try FrameDecoder(
                stream.parameters, timeBase: stream.timeBase, threads: threads, isBitExact: isBitExact)
        } catch {
            throw .damaged(path: path, reason: "stream \(stream.index) cannot be decoded: \(error)")
        }
    }
}

import LibAV
import Media

/// A file's pictures one after the other: upright, progressive, counted from the first.
///
/// Confined to one thread.
final class PictureStream {
    private let file: SourceFile
    private let reader: PictureReader
    private let packet: OwnedPacket
    private var ready: [Picture] = []
    private var hasEnded = false
    private var first: Int64?

    /// Nanoseconds of the whole file, where it says them.
    var duration: Int64? { file.duration }

    /// - Parameter from: nanoseconds of the file at which it begins.
    init(_ path: String, from: Int64, isCancelled: @escaping @Sendable () -> Bool) throws {
        file = try SourceFile(path, isInterrupted: isCancelled)
        guard let video = file.video else { throw TranscodeError.noTracks(path: path) }
        reader = try PictureReader(file, video, range: from..<Int64.max, isBitExact: false)
        packet = try OwnedPacket()
        if from > 0 { file.seek(before: from) }
    }

    /// The next picture, its time and nominal duration in nanoseconds; `nil` at the end.
    func next() throws -> (picture: Picture, time: Int64, duration: Int64)? {
        while ready.isEmpty, !hasEnded {
            if file.read(into: packet) {
                guard packet.streamIndex == file.video?.index else { continue }
                try reader.decode(packet) { self.ready.append($0) }
            } else {
                hasEnded = true
                try reader.finish { self.ready.append($0) }
            }
        }
        guard !ready.isEmpty else { return nil }
        let picture = ready.removeFirst()
        let start = first ?? picture.pts
        first = start
        let base = reader.timeBase
        return (
            picture, base.rescale(picture.pts - start, to: .nanoseconds),
            base.rescale(picture.duration, to: .nanoseconds)
        )
    }
}

import Codec
import LibAV
import Media

/// Decodes the source's pictures: upright, progressive, each with its time, those of the wanted stretch only.
///
/// Confined to one thread.
final class PictureReader {
    private let decoder: FrameDecoder
    private let upright: UprightFilter
    private var clock: PictureClock
    private let range: Range<Int64>
    private var durations: [Int64: Int64] = [:]
    /// The last picture before the stretch: it is what is shown when the stretch begins.
    private var early: Picture?
    private var hasBegun = false
    /// Packets that could not be decoded.
    private(set) var damagedPackets = 0
    /// Pictures in which damage was concealed.
    private(set) var damagedFrames = 0
    /// Pictures that were decoded.
    private(set) var count = 0
    private(set) var hasAlpha = false
    private(set) var isHighDynamicRange = false
    private let isBitExact: Bool

    /// - Parameter range: nanoseconds from the source's origin.
    init(_ file: SourceFile, _ stream: InputStream, range: Range<Int64>, isBitExact: Bool) throws {
        clock = PictureClock(file, stream)
        let base = clock.timeBase
        self.range =
            TimeBase.nanoseconds.rescale(
                range.lowerBound, to: base)..<(range.upperBound == .max
            ? .max : TimeBase.nanoseconds.rescale(range.upperBound, to: base))
        self.isBitExact = isBitExact
        decoder = try file.decoder(stream, threads: isBitExact ? 1 : 0, isBitExact: isBitExact)
        upright = UprightFilter(stream.orientation, timeBase: base, isBitExact: isBitExact)
        hasAlpha = stream.tags["alpha_mode"] == "1"
    }

    /// Time base of the pictures.
    var timeBase: TimeBase { clock.timeBase }

    /// Whether interlaced pictures were made progressive.
    var hasDeinterlaced: Bool { upright.hasDeinterlaced }

    /// Pictures whose time was missing or made no sense.
    var repairedTimes: Int { clock.repaired }

    /// Decodes one packet and calls `body` with the pictures that are finished.
    func decode(_ packet: borrowing OwnedPacket, _ body: (Picture) throws -> Void) throws {
        let isIntact = try decoder.decode(packet) { (frame) throws in try self.take(frame, body) }
        if !isIntact { damagedPackets += 1 }
    }

    /// Calls `body` with the pictures that were still inside.
    func finish(_ body: (Picture) throws -> Void) throws {
        let isIntact = try decoder.finish { (frame) throws in try self.take(frame, body) }
        if !isIntact { damagedPackets += 1 }
        try upright.finish { frame in try self.emit(frame, body) }
        if !hasBegun, let early, early.end > range.lowerBound { try begin(early, body) }
    }

    /// What was done to the pictures, and what was wrong with them, for people.
    func notes(_ orientation: Orientation) -> [String] {
        var notes: [String] = []
        if let turns = orientation.quarterTurns {
            if turns > 0 { notes.append("turned by \(turns * 90) degrees, as the source's metadata say") }
        } else {
            notes.append("a rotation of \(orientation.degrees) degrees is left out")
        }
        if orientation.isMirrored { notes.append("mirrored, as the source's metadata say") }
        if hasDeinterlaced { notes.append("interlaced pictures made progressive (bwdif)") }
        if hasAlpha { notes.append("alpha dropped") }
        if isHighDynamicRange { notes.append("high dynamic range kept as it is, without tone mapping") }
        if repairedTimes > 0 { notes.append("\(repairedTimes) pictures had no usable time") }
        if damagedPackets > 0 { notes.append("\(damagedPackets) packets of video could not be decoded") }
        if damagedFrames > 0 { notes.append("damage concealed in \(damagedFrames) pictures") }
        return notes
    }

    private func take(_ frame: borrowing OwnedFrame, _ body: (Picture) throws -> Void) throws {
        guard frame.width > 0, frame.height > 0 else { return }
        frame.normalizeLayout()
        count += 1
        if frame.isCorrupt { damagedFrames += 1 }
        if frame.layout?.hasAlpha == true { hasAlpha = true }
        if frame.color.isHighDynamicRange { isHighDynamicRange = true }
        let (pts, duration) = clock.take(frame)
        frame.pts = pts
        durations[pts] = duration
        guard isBitExact else { return try upright.push(frame) { frame in try self.emit(frame, body) } }
        // What a decoder conceals badly shows what its memory held before. The memory goes back at once, so that which is
        // used again does not depend on how far the encoders are.
        try upright.push(try OwnedFrame(copyingPicture: frame)) { frame in try self.emit(frame, body) }
    }

    private func emit(_ frame: borrowing OwnedFrame, _ body: (Picture) throws -> Void) throws {
        let pts = frame.pts ?? 0
        let duration = durations.removeValue(forKey: pts) ?? clock.nominal
        let picture = Picture(try OwnedFrame(taking: frame), pts: pts, duration: duration)
        if pts >= range.upperBound { return }
        if pts < range.lowerBound {
            early = picture
            return
        }
        if !hasBegun, let early, pts > range.lowerBound, early.end > range.lowerBound {
            try begin(early, body)
        }
        hasBegun = true
        early = nil
        try body(try shifted(picture, to: pts.saturatingSubtract(range.lowerBound), duration: duration))
    }

    /// Hands on the picture that is shown where the stretch begins.
    private func begin(_ early: Picture, _ body: (Picture) throws -> Void) throws {
        hasBegun = true
        try body(try shifted(early, to: 0, duration: early.end.saturatingSubtract(range.lowerBound)))
    }

    private func shifted(_ picture: Picture, to pts: Int64, duration: Int64) throws -> Picture {
        picture.pts == pts
            ? picture : Picture(try OwnedFrame(referencing: picture.frame), pts: pts, duration: duration)
    }
}

public import LibAV
public import Media

/// Decodes a stream of a file to raw frames as they come: any format that is installed, any layout of samples.
///
/// Confined to one thread.
public final class FrameDecoder {
    private let context: DecoderContext
    private let frame: OwnedFrame
    /// Failures in a row while nothing more comes in, after which the decoder is taken to be stuck.
    private static let patience = 1000

    /// Opens a decoder.
    /// - Parameters:
    ///   - threads: worker threads, 0 for as many as there are cores.
    ///   - isBitExact: the same result on every machine. Sound is decoded with portable code then.
    public init(
        _ parameters: CodecParameters, timeBase: TimeBase, threads: Int = 0, isBitExact: Bool = false
    ) throws(CodecError) {
        do {
            let isPortable = isBitExact && parameters.kind == .audio
            context = try CPUFeatures.opening(isPortable: isPortable) { () throws(AVError) in
                try DecoderContext(
                    parameters, timeBase: timeBase, threads: threads, isLowDelay: false,
                    isBitExact: isBitExact)
            }
            frame = try OwnedFrame()
        } catch { throw .library(error) }
    }

    /// Decodes one packet and calls `body` with each frame that is finished, in order of presentation. The frame is
    /// only lent: what shall last is referenced or taken.
    /// - Returns: whether the packet was decodable; the next call goes on in any case.
    /// - Throws: what `body` throws.
    public func decode<Failure>(
        _ packet: borrowing OwnedPacket, _ body: (borrowing OwnedFrame) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        var isIntact = true
        while true {
            let isTaken: Bool
            do { isTaken = try context.send(packet) } catch {
                isIntact = false
                break
            }
            let isWhole = try receive(body)
            isIntact = isIntact && isWhole
            if isTaken { break }
        }
        return isIntact
    }

    /// Calls `body` with the frames that were still inside. No packet may follow.
    /// - Returns: whether everything was decodable.
    public func finish<Failure>(_ body: (borrowing OwnedFrame) throws(Failure) -> Void) throws(Failure)
        -> Bool
    {
        do { try context.sendEnd() } catch { return false }
        var isIntact = true
        for _ in 0..<Self.patience {
            if try receive(body) { return isIntact }
            isIntact = false
        }
        return false
    }

    /// - Returns: `false` where the decoder reported damage.
    private func receive<Failure>(_ body: (borrowing OwnedFrame) throws(Failure) -> Void) throws(Failure)
        -> Bool
    {
        while true {
            let isThere: Bool
            do { isThere = try context.receive(into: frame) } catch { return false }
            guard isThere else { return true }
            try body(frame)
            frame.reset()
        }
    }
}

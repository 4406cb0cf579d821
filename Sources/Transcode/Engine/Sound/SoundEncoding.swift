import Codec
import LibAV
import Media

/// Brings one audio track into one form, once for all renditions that want it so.
///
/// Confined to one thread at a time.
final class SoundEncoding {
    /// Where the packets go.
    struct Destination {
        let queue: BoundedQueue<RenditionItem>
        /// The sound's number in the rendition.
        let sound: Int
    }

    let settings: AudioSettings
    private let encoder: FrameEncoder
    private let isBitExact: Bool
    /// Samples a second of one channel.
    let sampleRate: Int
    /// Channels.
    let channels: Int
    /// Nanoseconds that are wanted; `nil` for everything.
    private let length: Int64?
    private let cutsStart: Bool
    private var graph: Graph?
    private var key: FilterInput?
    var destinations: [Destination] = []
    /// Samples of one channel that were encoded.
    private(set) var samples = 0
    /// Where the last sample ended that was encoded, in microseconds.
    private var end: Int64?
    /// Gaps up to it are filled with silence; longer ones stay gaps.
    private static let longestFill: Int64 = 60_000_000_000

    private final class Graph {
        let filter: FilterGraph
        init(_ filter: consuming FilterGraph) { self.filter = filter }
    }

    /// - Parameters:
    ///   - cutsStart: whether sound before time 0 is cut off.
    ///   - length: nanoseconds after which it is cut off.
    init(
        _ settings: AudioSettings, of stream: InputStream, cutsStart: Bool, length: Int64?, isBitExact: Bool
    ) throws {
        self.settings = settings
        self.isBitExact = isBitExact
        self.cutsStart = cutsStart
        self.length = length
        let choice = try AudioEncoderChoice.make(
            settings, sampleRate: stream.parameters.sampleRate, channels: stream.parameters.channels,
            isBitExact: isBitExact)
        encoder = try FrameEncoder(audio: choice, isBitExact: isBitExact)
        sampleRate = choice.sampleRate
        channels = choice.channels
    }

    /// What a muxer must know of the result.
    var parameters: CodecParameters { encoder.parameters }

    /// Time base of the packets.
    var timeBase: TimeBase { encoder.timeBase }

    /// Encodes one stretch of decoded sound.
    /// - Parameters:
    ///   - time: of its first sample in nanoseconds.
    ///   - gap: nanoseconds since the last stretch ended.
    func push(_ frame: borrowing OwnedFrame, time: Int64, gap: Int64) throws {
        guard let base = TimeBase(1, Int32(clamping: frame.sampleRate)) else { return }
        let input = FilterInput(sound: frame, timeBase: base)
        if graph == nil || key != input || gap > Self.longestFill {
            try finishGraph()
            graph = try makeGraph(input)
            key = input
        }
        guard let graph else { return }
        let stretch = try OwnedFrame(referencing: frame)
        stretch.pts = TimeBase.nanoseconds.rescale(time, to: base)
        try graph.filter.send(stretch)
        try encode(graph)
    }

    /// Encodes what is still held back. Nothing may follow.
    func finish() throws {
        try finishGraph()
        try encoder.finish { packet in try self.send(packet) }
    }

    private func finishGraph() throws {
        guard let last = graph else { return }
        graph = nil
        try last.filter.sendEnd()
        try encode(last)
    }

    private func makeGraph(_ input: FilterInput) throws -> Graph {
        var filters: [String] = []
        // What a stretch of another form has in common with the one before is cut: time does not go back.
        let start = end ?? (cutsStart ? 0 : nil)
        if start != nil || length != nil {
            let end = length.map { ":end=\(Double($0) / 1e9)" } ?? ""
            filters.append("atrim=start=\(start.map { "\($0)us" } ?? "-100000")\(end)")
        }
        // Gaps become silence and overlaps are cut, so that sound and picture stay together within half a picture.
        filters.append("aresample=\(sampleRate):async=1:min_hard_comp=0.015")
        filters.append(
            "aformat=sample_fmts=\(encoder.sampleFormatName):sample_rates=\(sampleRate)"
                + ":channel_layouts=\(encoder.parameters.channelLayoutName)")
        let description = "[in0]\(filters.joined(separator: ","))[out]"
        return Graph(
            try FilterGraph(
                description, inputs: [input], frameSize: encoder.frameSize, isPortable: isBitExact))
    }

    private func encode(_ graph: Graph) throws {
        let frame = try OwnedFrame()
        let base = graph.filter.timeBase
        while try graph.filter.receive(into: frame) {
            samples += frame.sampleCount
            frame.pts = frame.pts.map { base.rescale($0, to: encoder.timeBase) }
            if let pts = frame.pts {
                end = encoder.timeBase.rescale(
                    pts.saturatingAdd(Int64(frame.sampleCount)), to: .microseconds)
            }
            try encoder.encode(frame) { packet in try self.send(packet) }
        }
    }

    private func send(_ packet: borrowing OwnedPacket) throws {
        let shared = SoundPacket(try OwnedPacket(taking: packet))
        for destination in destinations {
            // A closed queue: the rendition has ended, and says itself why.
            destination.queue.put(.sound(shared, destination.sound))
        }
    }
}

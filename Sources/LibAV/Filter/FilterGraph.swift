internal import CFFmpeg
public import Media

/// What comes into a filter graph. Every frame must have these properties; where they change, make another graph.
public struct FilterInput: Sendable, Hashable {
    let source: String
    let arguments: String

    /// Pictures like `frame`.
    /// - Parameter timeBase: of their time stamps.
    public init(pictures frame: borrowing OwnedFrame, timeBase: TimeBase) {
        source = "buffer"
        let aspect = frame.sampleAspectRatio
        arguments =
            "video_size=\(frame.width)x\(frame.height):pix_fmt=\(frame.pixelFormatName)"
            + ":time_base=\(timeBase):pixel_aspect=\(aspect.width)/\(aspect.height)"
    }

    /// Sound like `frame`.
    /// - Parameter timeBase: of its time stamps.
    public init(sound frame: borrowing OwnedFrame, timeBase: TimeBase) {
        source = "abuffer"
        arguments =
            "sample_rate=\(frame.sampleRate):sample_fmt=\(frame.sampleFormatName)"
            + ":channel_layout=\(frame.channelLayoutName):time_base=\(timeBase)"
    }
}

/// A filter graph of libavfilter's with one output, and its only owner.
///
/// Confined to one thread at a time. The order of calls: ``send(_:input:)`` a frame, then ``receive(into:)`` until it
/// returns `false`; at the end ``sendEnd(input:)`` for each input, and receive the rest.
public struct FilterGraph: ~Copyable, @unchecked Sendable {
    // SAFETY: one owner, which Swift enforces; libavfilter graphs may move between threads.
    private let owner: FilterGraphOwner
    private let library: convene_avfilter
    private let sources: [UnsafeMutablePointer<AVFilterContext>]
    private let sink: UnsafeMutablePointer<AVFilterContext>
    private let isPortable: Bool
    private let opening = Opening()

    /// Whether a frame has come out. Filters open what they compute with when the first frame meets them, not before.
    private final class Opening {
        var isOver = false
    }

    /// Makes a graph.
    ///
    ///     try FilterGraph("[in0]scale=640:360[out]", inputs: [FilterInput(pictures: frame, timeBase: .video)])
    ///
    /// - Parameters:
    ///   - description: FFmpeg's description of a graph, with the inputs `in0`, `in1`… and the output `out`.
    ///   - frameSize: samples of every frame of sound that comes out, but the last; 0 for what the filters give.
    ///   - threads: worker threads for the parts of a picture, 0 for the number of cores.
    ///   - isPortable: whether it computes with portable code only, for sound that must be the same on every machine.
    /// - Throws: where libavfilter is not installed or refuses the description; the error holds what it logged.
    public init(
        _ description: String, inputs: [FilterInput], frameSize: Int = 0, threads: Int = 1,
        isPortable: Bool = false
    ) throws(AVError) {
        let library = try FilterLibrary.load()
        let owner = try FilterGraphOwner(library)
        let graph = owner.pointer
        graph.pointee.nb_threads = Int32(clamping: threads)
        var sources: [UnsafeMutablePointer<AVFilterContext>] = []
        let isSound = inputs.first?.source == "abuffer"
        let sink = try LibAVLog.collectingErrors { () throws(AVError) in
            for (index, input) in inputs.enumerated() {
                sources.append(try owner.create(input.source, name: "in\(index)", input.arguments))
            }
            let sink = try owner.create(isSound ? "abuffersink" : "buffersink", name: "out", nil)
            try CPUFeatures.opening(isPortable: isPortable) { () throws(AVError) in
                try owner.link(description, sources: sources, sink: sink)
            }
            return sink
        }
        if frameSize > 0 { library.set_frame_size(sink, UInt32(clamping: frameSize)) }
        self.library = library
        self.owner = owner
        self.sources = sources
        self.sink = sink
        self.isPortable = isPortable
    }

    private func run(_ body: () -> Int32) throws(AVError) -> Int32 {
        if opening.isOver { return body() }
        return try CPUFeatures.opening(isPortable: isPortable) { () throws(AVError) in body() }
    }

    /// The time base of what comes out.
    public var timeBase: TimeBase { TimeBase(library.get_time_base(sink)) ?? .microseconds }

    /// Sends one frame into an input. The caller keeps it; its samples are shared, not copied.
    public func send(_ frame: borrowing OwnedFrame, input: Int = 0) throws(AVError) {
        try check(
            try run { library.add_frame_flags(sources[input], frame.pointer, convene_buffersrc_flags) },
            "av_buffersrc_add_frame")
    }

    /// Says that no frame follows for an input.
    public func sendEnd(input: Int = 0) throws(AVError) {
        try check(
            try run { library.add_frame_flags(sources[input], nil, convene_buffersrc_flags) },
            "av_buffersrc_add_frame(end)")
    }

    /// Takes one frame.
    /// - Returns: `false` where there is none until the next is sent, or none ever after the end.
    public func receive(into frame: borrowing OwnedFrame) throws(AVError) -> Bool {
        frame.reset()
        let code = try run { library.get_frame_flags(sink, frame.pointer, 0) }
        if code == convene_averror_again || code == convene_averror_eof { return false }
        try check(code, "av_buffersink_get_frame")
        opening.isOver = true
        return true
    }
}

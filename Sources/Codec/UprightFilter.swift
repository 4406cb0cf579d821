package import LibAV
package import Media

/// Turns pictures upright, and makes progressive ones of interlaced ones. All others pass as they are.
///
/// Confined to one thread.
package final class UprightFilter {
    private let timeBase: TimeBase
    private let turns: String?
    private let isBitExact: Bool
    private var isDeinterlacing = false
    private var graph: Graph?
    private var key: FilterInput?
    /// Whether interlaced pictures were seen.
    package var hasDeinterlaced: Bool { isDeinterlacing }

    /// Holds a graph that can be replaced.
    private final class Graph {
        let filter: FilterGraph
        init(_ filter: consuming FilterGraph) { self.filter = filter }
    }

    /// - Parameter timeBase: of the pictures' time stamps.
    package init(_ orientation: Orientation, timeBase: TimeBase, isBitExact: Bool) {
        self.timeBase = timeBase
        self.isBitExact = isBitExact
        turns = Self.filters(orientation)
    }

    private static func filters(_ orientation: Orientation) -> String? {
        var filters: [String] = []
        switch orientation.quarterTurns {
        case 1: filters.append("transpose=clock")
        case 2: filters += ["hflip", "vflip"]
        case 3: filters.append("transpose=cclock")
        default: break
        }
        if orientation.isMirrored { filters.append("hflip") }
        return filters.isEmpty ? nil : filters.joined(separator: ",")
    }

    /// Takes one picture and calls `body` with those that are finished, in order.
    package func push(_ frame: borrowing OwnedFrame, _ body: (borrowing OwnedFrame) throws -> Void) throws {
        if frame.isInterlaced, !isDeinterlacing {
            try finish(body)
            isDeinterlacing = true
        }
        guard isDeinterlacing || turns != nil else { return try body(frame) }
        let input = FilterInput(pictures: frame, timeBase: timeBase)
        if graph == nil || key != input {
            try finish(body)
            let deinterlacer = isDeinterlacing ? "bwdif=mode=send_frame:parity=auto:deint=interlaced" : nil
            let description = [deinterlacer, turns].compactMap { $0 }.joined(separator: ",")
            graph = Graph(
                try FilterGraph("[in0]\(description)[out]", inputs: [input], threads: isBitExact ? 1 : 0))
            key = input
        }
        guard let graph else { return }
        try graph.filter.send(frame)
        try receive(graph, body)
    }

    /// Calls `body` with the pictures that were still inside.
    package func finish(_ body: (borrowing OwnedFrame) throws -> Void) throws {
        guard let last = graph else { return }
        graph = nil
        try last.filter.sendEnd()
        try receive(last, body)
    }

    private func receive(_ graph: Graph, _ body: (borrowing OwnedFrame) throws -> Void) throws {
        let frame = try OwnedFrame()
        let output = graph.filter.timeBase
        while try graph.filter.receive(into: frame) {
            frame.pts = frame.pts.map { output.rescale($0, to: timeBase) }
            try body(frame)
        }
    }
}

import Display
import Layout

/// Where whose tile is at every picture of an export: a list of scenes, each unchanged for a while.
struct LayoutPlan: Sendable {
    /// A stretch of pictures with the same tiles.
    struct Scene: Sendable {
        let frames: Range<Int>
        /// Rectangles by the index of the source; all numbers even.
        let tiles: [Int: PixelRect]
    }

    let scenes: [Scene]

    /// - Parameters:
    ///   - speakers: who is large from which picture on, in order; empty for a grid.
    init(
        sources: [RecordedSource], timeline: ExportTimeline, size: PixelSize,
        speakers: [(frame: Int, source: Int)]
    ) {
        let count = timeline.frameCount
        let spans = sources.map { source in
            source.isShown
                ? source.presence.map {
                    timeline.frame(showing: $0.lowerBound)..<timeline.frame(showing: $0.upperBound)
                }
                : []
        }
        let changes = Set(
            [0, count] + spans.joined().flatMap { [$0.lowerBound, $0.upperBound] } + speakers.map(\.frame)
        ).filter { (0...count).contains($0) }.sorted()
        var scenes: [Scene] = []
        for (start, end) in zip(changes, changes.dropFirst()) {
            let present = sources.indices.filter { spans[$0].contains { $0.contains(start) } }
            let speaker = speakers.last { $0.frame <= start && present.contains($0.source) }?.source
            let focus = speakers.isEmpty ? nil : present.firstIndex(of: speaker ?? present.first ?? -1)
            let rectangles = GridLayout(count: present.count, size: size, focus: focus).tiles
            scenes.append(
                Scene(
                    frames: start..<end,
                    tiles: Dictionary(
                        uniqueKeysWithValues: zip(present, rectangles).map { ($0, Self.even($1)) })))
        }
        self.scenes = scenes
    }

    /// The scene of a picture.
    func scene(at frame: Int) -> Scene? {
        var (low, high) = (0, scenes.count)
        while low < high {
            let middle = (low + high) / 2
            if scenes[middle].frames.upperBound <= frame { low = middle + 1 } else { high = middle }
        }
        return low < scenes.count ? scenes[low] : nil
    }

    private static func even(_ rectangle: PixelRect) -> PixelRect {
        PixelRect(
            x: (rectangle.x + 1) & ~1, y: (rectangle.y + 1) & ~1, width: max(2, (rectangle.width - 1) & ~1),
            height: max(2, (rectangle.height - 1) & ~1))
    }
}

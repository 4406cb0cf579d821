import Codec
import Display
import Layout
import Media

/// Composes the pictures of all lanes and encodes them, on a thread of its own.
///
/// Time stamps of the packets count pictures.
struct PictureComposer: Sendable {
    let sources: [RecordedSource]
    let lanes: [(source: Int, queue: BoundedQueue<TileSpan>)]
    let timeline: ExportTimeline
    let plan: LayoutPlan
    let size: PixelSize

    /// What an encoder gets, picture by picture, until `consume` returns `false`.
    func run(_ consume: (VideoFrame, Int) throws -> Bool) throws {
        let labels = LabelRenderer()
        var spans: [Int: TileSpan] = [:]
        var last: VideoFrame?
        for scene in plan.scenes {
            let background = self.background(scene, labels)
            let names = names(scene, labels)
            var isNew = true
            for frame in scene.frames {
                for lane in lanes { isNew = advance(lane, to: frame, &spans) || isNew }
                if isNew || last == nil {
                    last = compose(scene, background, names, spans)
                    isNew = false
                }
                if let last, try !consume(last, frame) { return }
            }
        }
    }

    /// - Returns: whether what the lane shows has changed.
    private func advance(
        _ lane: (source: Int, queue: BoundedQueue<TileSpan>), to frame: Int, _ spans: inout [Int: TileSpan]
    ) -> Bool {
        var hasChanged = false
        while (spans[lane.source]?.frames.upperBound ?? 0) <= frame {
            hasChanged = true
            guard let next = lane.queue.take() else {
                // Files that ended early: nothing to show any more.
                spans[lane.source] = TileSpan(frames: frame..<Int.max, picture: nil, isStill: true)
                break
            }
            spans[lane.source] = next
        }
        return hasChanged
    }

    private func background(_ scene: LayoutPlan.Scene, _ labels: LabelRenderer) -> Canvas {
        let canvas = Canvas(size: size)
        canvas.fill(
            PixelRect(x: 0, y: 0, width: size.width, height: size.height), CanvasColor(SceneColor.background))
        for (index, tile) in scene.tiles {
            canvas.fill(tile, CanvasColor(SceneColor.tile(of: sources[index].participant)))
            let letters = TileText.nameSize(height: tile.height)
            guard
                let text = labels.bitmap(
                    sources[index].title, size: letters, width: TileText.nameRoom(width: tile.width))
            else { continue }
            let label = CanvasLabel(text, size: letters, hasStrip: false)
            canvas.lay(
                label, x: (tile.x + (tile.width - label.width) / 2) & ~1,
                y: (tile.y + (tile.height - label.height) / 2) & ~1)
        }
        return canvas
    }

    private func names(_ scene: LayoutPlan.Scene, _ labels: LabelRenderer) -> [Int: CanvasLabel] {
        scene.tiles.reduce(into: [:]) { result, entry in
            let tile = entry.value
            let letters = TileText.stripSize(height: tile.height)
            result[entry.key] = labels.bitmap(
                sources[entry.key].title, size: letters,
                width: TileText.stripRoom(width: tile.width, size: letters)
            ).map { CanvasLabel($0, size: letters, hasStrip: true) }
        }
    }

    private func compose(
        _ scene: LayoutPlan.Scene, _ background: Canvas, _ names: [Int: CanvasLabel], _ spans: [Int: TileSpan]
    ) -> VideoFrame {
        let canvas = Canvas(copying: background)
        for (index, tile) in scene.tiles {
            guard let span = spans[index], let picture = span.picture else { continue }
            if picture.width < tile.width || picture.height < tile.height {
                // Beside the picture there is nothing of the name that stands in a tile without one.
                canvas.fill(tile, CanvasColor(SceneColor.tile))
            }
            canvas.draw(
                picture, x: (tile.x + (tile.width - picture.width) / 2) & ~1,
                y: (tile.y + (tile.height - picture.height) / 2) & ~1, isDimmed: span.isStill)
            guard let name = names[index] else { continue }
            let inset = TileText.margin(size: TileText.stripSize(height: tile.height)) & ~1
            canvas.lay(name, x: tile.x + inset, y: (tile.y + tile.height - name.height - inset) & ~1)
        }
        return canvas.frame
    }
}

import Archive
import Codec
import Container
import Layout
import Media

/// What a tile shows for a stretch of pictures.
struct TileSpan: Sendable {
    let frames: Range<Int>
    /// In `yuv420p`, in the size in which it is drawn; `nil` where there is none yet.
    let picture: VideoFrame?
    /// Whether nothing newer came for a while.
    let isStill: Bool
}

/// Decodes all pictures of a source and scales those that are shown, on a thread of its own.
struct TilePictures: Sendable {
    let index: Int
    let source: RecordedSource
    let timeline: ExportTimeline
    let plan: LayoutPlan
    let queue: BoundedQueue<TileSpan>

    /// Puts spans into the queue that follow each other without holes, up to the end of the export or of the files.
    func run() throws {
        var state = State(lane: self)
        for file in source.files where file.hasVideo && file.start < timeline.range.upperBound {
            if file.end <= timeline.range.lowerBound, file.isSeekable,
                source.files.contains(where: {
                    $0.hasVideo && $0.start > file.start && $0.start <= timeline.range.lowerBound
                })
            {
                continue
            }
            do {
                guard try read(file, &state) else { break }
            } catch { SkippedMedia.note(file.path, "the rest of its pictures", error) }
        }
        _ = try state.emit(until: timeline.frameCount)
        queue.close()
    }

    /// - Returns: `false` where nobody wants more.
    private func read(_ file: RecordedFile, _ state: inout State) throws -> Bool {
        let demuxer = try file.open(from: timeline.range.lowerBound)
        guard let (track, clock) = file.track(.video, of: demuxer) else { return true }
        let decoder = try VideoDecoder(
            track.parameters, timeBase: track.timeBase, threads: 1,
            isLowDelay: track.parameters.reorderDepth == 0)
        state.begin(frameRate: track.frameRate)
        while let (found, packet) = try demuxer.next() {
            guard found.index == track.index else { continue }
            let pictures: [DecodedPicture]
            do { pictures = try decoder.decode(packet) } catch {
                guard error.isDamage else { throw error }
                continue
            }
            for picture in pictures {
                guard try state.show(picture, track.timeBase, clock) else { return false }
            }
        }
        for picture in try decoder.finish() {
            guard try state.show(picture, track.timeBase, clock) else { return false }
        }
        return true
    }

    /// The picture that shows now, until it is known what follows it.
    private struct State {
        let lane: TilePictures
        private let scaler = Scaler()
        private var current: VideoFrame?
        private var scaled: VideoFrame?
        /// Pictures before this one were put into the queue.
        private var done = 0
        private var stillFrom = Int.max
        private var goneFrom = Int.max
        private var hold: Int

        /// Microseconds after which a picture that stays is a still.
        private static let patience: Int64 = 1_500_000

        /// Microseconds by which the server's clock may say that a track ended before its last picture.
        private static let clockError: Int64 = 500_000

        init(lane: TilePictures) {
            self.lane = lane
            hold = 1
        }

        /// A file with nominally so many pictures a second begins.
        mutating func begin(frameRate: Double) {
            let rate = lane.timeline.rate
            let interval = frameRate > 0 ? Int(3 * Double(rate) / frameRate) : 0
            hold = max(Int(Self.patience * Int64(rate) / 1_000_000), interval, 1)
        }

        mutating func show(_ picture: DecodedPicture, _ base: TimeBase, _ clock: ClockMap) throws -> Bool {
            let time = clock.meetingTime(ofMedia: base.rescale(picture.pts, to: .nanoseconds)) / 1000
            let frame = min(lane.timeline.frame(showing: time), lane.timeline.frameCount)
            guard try emit(until: frame), frame < lane.timeline.frameCount else { return false }
            current = picture.frame
            scaled = nil
            goneFrom = self.frame(after: time - Self.clockError, of: lane.source.endings)
            if let losses = lane.source.losses {
                stillFrom = self.frame(after: time, of: losses)
                return true
            }
            stillFrom = max(frame, done) + hold
            if time < lane.timeline.range.lowerBound {
                // From before the beginning: how old it is there decides.
                let age = (lane.timeline.range.lowerBound - time) * Int64(lane.timeline.rate) / 1_000_000
                stillFrom = max(0, hold - Int(age))
            }
            return true
        }

        /// The picture of the export from which on the first of `times` holds that is not before `time`.
        private func frame(after time: Int64, of times: [Int64]) -> Int {
            times.first { $0 >= time }.map { lane.timeline.frame(showing: $0) } ?? .max
        }

        /// Puts what shows up to the picture `end` into the queue, in pieces in which nothing changes.
        mutating func emit(until end: Int) throws -> Bool {
            while done < end {
                guard let scene = lane.plan.scene(at: done) else { return true }
                var until = min(end, scene.frames.upperBound)
                let isStill = done >= stillFrom
                if !isStill, stillFrom < until { until = stillFrom }
                let isGone = done >= goneFrom
                if !isGone, goneFrom < until { until = goneFrom }
                let picture = isGone ? nil : try scene.tiles[lane.index].flatMap { try fit($0) }
                guard lane.queue.put(TileSpan(frames: done..<until, picture: picture, isStill: isStill))
                else {
                    return false
                }
                done = until
            }
            return true
        }

        private mutating func fit(_ tile: PixelRect) throws -> VideoFrame? {
            guard let current else { return nil }
            let place = tile.letterbox(width: current.width, height: current.height)
            let size = PixelSize(width: max(2, place.width & ~1), height: max(2, place.height & ~1))
            if let scaled, scaled.width == size.width, scaled.height == size.height { return scaled }
            let result = try scaler.scale(current, to: .yuv420p, width: size.width, height: size.height)
            scaled = result
            return result
        }
    }
}

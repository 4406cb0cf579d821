import Capture
import Codec
import Container
import Measure
import Media

/// An export at 1280x720 as a grid of test patterns, decoded: what the patterns in its tiles say.
struct Film {
    /// Where so many people are in the grid.
    private static let grids = [
        1: [PatternTile(x: 8, y: 8, width: 1264, height: 704)],
        2: [
            PatternTile(x: 8, y: 184, width: 628, height: 352),
            PatternTile(x: 644, y: 184, width: 628, height: 352),
        ],
        3: [
            PatternTile(x: 18, y: 8, width: 616, height: 346),
            PatternTile(x: 644, y: 8, width: 616, height: 346),
            PatternTile(x: 332, y: 364, width: 616, height: 346),
        ],
    ]

    /// One picture of the export.
    struct Picture {
        fileprivate let readings: [Int: [TestPatternReader.Reading?]]
        fileprivate let stills: [Int: [TestPatternReader.Reading?]]

        /// What the tile at `place` says, where so many people are shown; the names hide none of it.
        func reading(_ people: Int, _ place: Int) -> TestPatternReader.Reading? {
            readings[people].flatMap { place < $0.count ? $0[place] : nil }
        }

        /// What a tile says that is dimmed because nothing newer came.
        func still(_ people: Int, _ place: Int) -> TestPatternReader.Reading? {
            stills[people].flatMap { place < $0.count ? $0[place] : nil }
        }
    }

    private(set) var pictures: [Picture] = []

    init(_ path: String) throws {
        let demuxer = try Demuxer(path: path)
        guard let track = demuxer.tracks.first(where: { $0.kind == .video }) else {
            throw HarnessError("\(path) has no pictures.")
        }
        let decoder = try VideoDecoder(
            track.parameters, timeBase: track.timeBase, threads: 2, isLowDelay: false)
        while let (found, packet) = try demuxer.next() {
            guard found.index == track.index else { continue }
            pictures += try decoder.decode(packet).map { Self.read($0.frame) }
        }
        pictures += try decoder.finish().map { Self.read($0.frame) }
    }

    private static func read(_ frame: VideoFrame) -> Picture {
        Picture(
            readings: grids.mapValues { tiles in tiles.map { $0.reading(of: frame) } },
            stills: grids.mapValues { tiles in tiles.map { $0.reading(ofDimmed: frame) } })
    }
}

/// A rectangle of a picture that shows a test pattern.
private struct PatternTile {
    let x: Int
    let y: Int
    let width: Int
    let height: Int

    /// What a tile says that is dimmed to two fifths.
    func reading(ofDimmed frame: VideoFrame) -> TestPatternReader.Reading? {
        let buffer = PixelBuffer(format: .gray, width: width, height: height)
        let source = frame.buffer.planes[0]
        for row in 0..<height {
            let from = source.start + (y + row) * source.strideInBytes + x
            let to = buffer.planes[0].start + row * buffer.planes[0].strideInBytes
            for column in 0..<width {
                let value = Int(from.load(fromByteOffset: column, as: UInt8.self))
                to.storeBytes(
                    of: UInt8(min(max(16 + (value - 16) * 5 / 2, 0), 255)), toByteOffset: column,
                    as: UInt8.self)
            }
        }
        return TestPatternReader.read(
            VideoFrame(
                format: .gray, width: width, height: height, range: frame.range, time: frame.time,
                buffer: buffer))
    }

    func reading(of frame: VideoFrame) -> TestPatternReader.Reading? {
        let planes = frame.buffer.planes.enumerated().map { plane, memory in
            let shift = plane == 0 ? 0 : 1
            return PixelBuffer.Plane(
                start: memory.start + (y >> shift) * memory.strideInBytes + (x >> shift),
                strideInBytes: memory.strideInBytes)
        }
        let owner = frame.buffer
        return TestPatternReader.read(
            VideoFrame(
                format: frame.format, width: width, height: height, range: frame.range, time: frame.time,
                buffer: PixelBuffer(planes: planes) { _ = owner }))
    }
}

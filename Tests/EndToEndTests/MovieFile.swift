import Foundation

/// The outer form of an MP4 file, read without the project's own code (ISO/IEC 14496-12 §4.2).
struct MovieFile {
    /// Types of the boxes at the top level, in order.
    let boxes: [String]

    init(path: String) throws {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let end = try file.seekToEnd()
        var position: UInt64 = 0
        var boxes: [String] = []
        while position < end {
            try file.seek(toOffset: position)
            let header = try file.read(upToCount: 16) ?? Data()
            guard header.count >= 8 else { throw HarnessError("\(path): half a box at \(position).") }
            var size = Self.number(header.prefix(4))
            boxes.append(String(decoding: header.dropFirst(4).prefix(4), as: UTF8.self))
            if size == 1 { size = Self.number(header.dropFirst(8)) }
            guard size >= 8, position + size <= end else {
                throw HarnessError("\(path): the box \(boxes.last ?? "") at \(position) has \(size) bytes.")
            }
            position += size
        }
        self.boxes = boxes
    }

    private static func number(_ bytes: Data) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    /// Finished: one index behind one box of media, no fragments.
    var isPlain: Bool {
        boxes.first == "ftyp" && boxes.last == "moov" && boxes.count { $0 == "mdat" } == 1 && !isFragmented
    }

    var isFragmented: Bool { boxes.contains("moof") }
}

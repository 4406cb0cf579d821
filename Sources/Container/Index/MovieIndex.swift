/// Builds the `moov` of a plain MP4 file (ISO/IEC 14496-12 §8.2) from the header and the samples of a fragmented one.
enum MovieIndex {
    /// The box. Descriptions, names and tags are those of `index.header`; tables, durations and edit lists are made
    /// from the samples. Times have 64 bits.
    static func moov(_ index: FragmentIndex) -> [UInt8] {
        let header = index.header
        guard let moov = Box.headers(in: header).first else { return [] }
        let timescale = movieTimescale(index.tables.map(\.timescale))
        var result: [UInt8] = []
        result.appendBox(.moov) { out in
            var tables = index.tables[...]
            for box in Box.headers(in: header, moov.body) {
                switch box.kind {
                case .mvhd: appendMovieHeader(&out, header, box, index.tables, timescale)
                case .trak:
                    guard let table = tables.popFirst(), !table.sizes.isEmpty else { continue }
                    appendTrack(&out, header, box, table, timescale)
                case .mvex: continue
                default: out += header[box.range]
                }
            }
        }
        return result
    }

    /// A timescale in which the tracks' own ticks are whole, so that edit lists are exact.
    private static func movieTimescale(_ timescales: [UInt32]) -> UInt32 {
        var common: UInt64 = 1
        for scale in timescales {
            var (a, b) = (common, UInt64(scale))
            while b != 0 { (a, b) = (b, a % b) }
            common = common / a * UInt64(scale)
            if common > 1 << 30 { return 1_000_000 }
        }
        return UInt32(common)
    }

    /// The first byte of a full box (ISO/IEC 14496-12 §4.2); 0 where it has none.
    private static func version(_ header: [UInt8], _ box: Box) -> UInt8 {
        box.body.isEmpty ? 0 : header[box.body.lowerBound]
    }

    private static func movieTime(_ ticks: Int64, _ table: SampleTable, _ timescale: UInt32) -> UInt64 {
        let product = UInt64(max(0, ticks)).multipliedFullWidth(by: UInt64(timescale))
        let scale = UInt64(table.timescale)
        guard product.high < scale else { return .max }
        return scale.dividingFullWidth((product.high, product.low)).quotient
    }

    private static func appendMovieHeader(
        _ out: inout [UInt8], _ header: [UInt8], _ box: Box, _ tables: [SampleTable], _ timescale: UInt32
    ) {
        let duration = tables.filter { !$0.sizes.isEmpty }.map { movieTime($0.end, $0, timescale) }.max() ?? 0
        let start = box.body.lowerBound
        let isLong = version(header, box) == 1
        guard box.body.count >= (isLong ? 32 : 20) else { return out += header[box.range] }
        // creation and modification time, timescale, duration; then rate, volume, matrix, next track as they are.
        let rest = start + (isLong ? 32 : 20)
        out.appendBox(.mvhd) { out in
            out.append32(1 << 24)
            if isLong {
                out += header[(start + 4)..<(start + 20)]
            } else {
                out.append64(UInt64(header.bigEndian32(at: start + 4)))
                out.append64(UInt64(header.bigEndian32(at: start + 8)))
            }
            out.append32(timescale)
            out.append64(duration)
            out += header[min(rest, box.body.upperBound)..<box.body.upperBound]
        }
    }

    private static func appendTrack(
        _ out: inout [UInt8], _ header: [UInt8], _ track: Box, _ table: SampleTable, _ timescale: UInt32
    ) {
        out.appendBox(.trak) { out in
            for box in Box.headers(in: header, track.body) {
                switch box.kind {
                case .tkhd:
                    appendTrackHeader(&out, header, box, duration: movieTime(table.end, table, timescale))
                    appendEditList(&out, table, timescale)
                case .edts: continue
                case .mdia: appendMedia(&out, header, box, table)
                default: out += header[box.range]
                }
            }
        }
    }

    private static func appendTrackHeader(
        _ out: inout [UInt8], _ header: [UInt8], _ box: Box, duration: UInt64
    ) {
        let start = box.body.lowerBound
        let isLong = version(header, box) == 1
        guard box.body.count >= (isLong ? 36 : 24) else { return out += header[box.range] }
        let id = header.bigEndian32(at: start + (isLong ? 20 : 12))
        let rest = start + (isLong ? 36 : 24)
        out.appendBox(.tkhd) { out in
            out.append32(1 << 24 | 3)  // version 1; enabled, in the movie
            if isLong {
                out += header[(start + 4)..<(start + 20)]
            } else {
                out.append64(UInt64(header.bigEndian32(at: start + 4)))
                out.append64(UInt64(header.bigEndian32(at: start + 8)))
            }
            out.append32(id)
            out.append32(0)
            out.append64(duration)
            out += header[min(rest, box.body.upperBound)..<box.body.upperBound]
        }
    }

    /// §8.6.6: an empty edit where the first picture or sound comes later than the file begins, then all of the media.
    ///
    /// The second edit begins at the first sample's composition time, not at 0: players differ in what they make of the
    /// distance between the two, and so there is none.
    private static func appendEditList(_ out: inout [UInt8], _ table: SampleTable, _ timescale: UInt32) {
        let first = Int64(max(0, table.compositionOffsets.first?.offset ?? 0))
        let empty = movieTime(table.start &+ first, table, timescale)
        out.appendBox(.edts) { out in
            out.appendBox(.elst) { out in
                out.append32(1 << 24)
                out.append32(empty > 0 ? 2 : 1)
                if empty > 0 {
                    out.append64(empty)
                    out.append64(UInt64(bitPattern: -1))
                    out.append32(1 << 16)
                }
                let end = movieTime(table.end &+ first, table, timescale)
                out.append64(end - min(empty, end))
                out.append64(UInt64(first))
                out.append32(1 << 16)
            }
        }
    }

    private static func appendMedia(
        _ out: inout [UInt8], _ header: [UInt8], _ media: Box, _ table: SampleTable
    ) {
        out.appendBox(.mdia) { out in
            for box in Box.headers(in: header, media.body) {
                switch box.kind {
                case .mdhd:
                    let start = box.body.lowerBound
                    let language = header.bigEndian32(at: start + (version(header, box) == 1 ? 32 : 20))
                    out.appendBox(.mdhd) { out in
                        out.append32(1 << 24)
                        out.append64(0)
                        out.append64(0)
                        out.append32(table.timescale)
                        out.append64(UInt64(max(0, table.end &- table.start)))
                        out.append32(language)
                    }
                case .minf:
                    out.appendBox(.minf) { out in
                        for inner in Box.headers(in: header, box.body) {
                            if inner.kind == .stbl {
                                appendSampleTable(&out, header, inner, table)
                            } else {
                                out += header[inner.range]
                            }
                        }
                    }
                default: out += header[box.range]
                }
            }
        }
    }

    private static func appendSampleTable(
        _ out: inout [UInt8], _ header: [UInt8], _ box: Box, _ table: SampleTable
    ) {
        out.appendBox(.stbl) { out in
            if let description = Box.first(.stsd, in: header, box.body) { out += header[description.range] }
            appendRuns(&out, .stts, version: 0, table.durations.map { ($0.count, $0.delta) })
            if table.compositionOffsets.contains(where: { $0.offset != 0 }) {
                let isSigned = table.compositionOffsets.contains { $0.offset < 0 }
                appendRuns(
                    &out, .ctts, version: isSigned ? 1 : 0,
                    table.compositionOffsets.map { ($0.count, UInt32(bitPattern: $0.offset)) })
            }
            if table.isVideo, table.syncSamples.count < table.sizes.count {
                out.appendBox(.stss) { out in
                    out.append32(0)
                    out.append32(UInt32(clamping: table.syncSamples.count))
                    for number in table.syncSamples { out.append32(number) }
                }
            }
            appendChunks(&out, table)
        }
    }

    private static func appendRuns(
        _ out: inout [UInt8], _ kind: BoxKind, version: UInt32, _ runs: [(UInt32, UInt32)]
    ) {
        out.appendBox(kind) { out in
            out.append32(version << 24)
            out.append32(UInt32(clamping: runs.count))
            for (count, value) in runs {
                out.append32(count)
                out.append32(value)
            }
        }
    }

    /// `stsc`, `stsz` and `co64` (§8.7).
    private static func appendChunks(_ out: inout [UInt8], _ table: SampleTable) {
        out.appendBox(.stsc) { out in
            var runs: [(first: UInt32, count: UInt32)] = []
            for (index, chunk) in table.chunks.enumerated() where chunk.count != runs.last?.count {
                runs.append((UInt32(clamping: index + 1), chunk.count))
            }
            out.append32(0)
            out.append32(UInt32(clamping: runs.count))
            for run in runs {
                out.append32(run.first)
                out.append32(run.count)
                out.append32(1)
            }
        }
        out.appendBox(.stsz) { out in
            out.append32(0)
            out.append32(0)
            out.append32(UInt32(clamping: table.sizes.count))
            for size in table.sizes { out.append32(size) }
        }
        out.appendBox(.co64) { out in
            out.append32(0)
            out.append32(UInt32(clamping: table.chunks.count))
            for chunk in table.chunks { out.append64(chunk.offset) }
        }
    }
}

import Media

/// A run as a table for people.
public enum BatchTable {
    private static let head = [
        "FIXTURE", "RENDITION", "RESULT", "PICTURES", "SECONDS", "BYTES", "PSNR", "SSIM", "TOOK",
    ]
    /// Texts, from the left; the rest are numbers.
    private static let texts = 3
    /// Columns that are left out where there is no room, the first first.
    private static let optional = ["SECONDS", "SSIM", "PSNR", "BYTES", "TOOK", "PICTURES"]
    private static let gap = 2
    private static let shortestName = 8

    /// Lines of the table: a head, and one for each rendition.
    /// - Parameter columns: characters that fit into a line of a terminal: numbers are left out and names shortened then.
    public static func lines(_ report: BatchReport, columns: Int? = nil) -> [String] {
        var rows = [head] + report.cases.map(row)
        if let columns { fit(&rows, into: columns) }
        let widths = widths(rows)
        return rows.map { row in
            let cells = row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column < texts ? row[column] + space : space + row[column]
            }
            let line = cells.joined(separator: String(repeating: " ", count: gap))
            let whole = String(
                line[..<(line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.endIndex)])
            return columns.map { String(whole.prefix($0)) } ?? whole
        }
    }

    private static func widths(_ rows: [[String]]) -> [Int] {
        (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    }

    private static func fit(_ rows: inout [[String]], into columns: Int) {
        func excess() -> Int {
            let widths = widths(rows)
            return widths.reduce(0, +) + gap * (widths.count - 1) - columns
        }
        for name in optional where excess() > 0 {
            guard let column = rows[0].firstIndex(of: name) else { continue }
            for row in rows.indices { rows[row].remove(at: column) }
        }
        let room = max(shortestName, widths(rows)[0] - max(0, excess()))
        // The end of a name tells more than its beginning.
        for row in rows.indices where rows[row][0].count > room {
            rows[row][0] = "…" + rows[row][0].suffix(room - 1)
        }
    }

    private static func row(_ item: BatchCase) -> [String] {
        func text(_ value: Double?, _ places: Int) -> String {
            value.map { DecimalText.fixed($0, digits: places) } ?? "-"
        }
        return [
            item.fixture, item.rendition, result(item), item.frames.map { "\($0)" } ?? "-",
            text(item.duration, 2),
            item.bytes.map { "\($0)" } ?? "-", text(item.psnr, 1), text(item.ssim, 3),
            item.isCached ? "cached" : text(item.seconds, 1) + " s",
        ]
    }

    private static func result(_ item: BatchCase) -> String {
        switch item.outcome {
        case .passed:
            switch item.golden {
            case .updated: "golden updated"
            case _ where item.expectedError != nil: "fails as expected"
            default: "ok"
            }
        case .failed: "FAILED: " + item.failures.map(\.code).joined(separator: ", ")
        case .interrupted: "interrupted"
        }
    }

    /// `web of talk.mp4: PSNR against the source is …`, a line for each failure.
    public static func failures(_ report: BatchReport) -> [String] {
        report.failed.flatMap { item in
            item.failures.map { "\(item.rendition) of \(item.fixture): \($0.code): \($0.text)" }
        }
    }

    /// What it came to, in one line.
    public static func summary(_ report: BatchReport) -> String {
        let took = DecimalText.fixed(report.seconds, digits: 1)
        let count = report.cases.count
        let cached = report.cases.count(where: \.isCached)
        if report.isInterrupted {
            let done = report.cases.count { $0.outcome != .interrupted }
            return "Interrupted after \(done) of \(count) renditions; no half file was left."
        }
        let all = "\(count) rendition\(count == 1 ? "" : "s")"
        let failed = report.failed.count
        let result = failed == 0 ? "\(all): all as expected" : "\(all): \(failed) not as expected"
        let updated = report.cases.count { $0.golden == .updated }
        var extras: [String] = []
        if updated > 0 { extras.append("golden frames of \(updated) updated") }
        if report.goldenRemoved > 0 { extras.append("golden frames of \(report.goldenRemoved) removed") }
        if report.isUnchanged {
            extras.append("nothing to do, nothing has changed since the last run")
        } else if cached > 0 {
            extras.append("\(cached) from the cache")
        }
        return ([result] + extras).joined(separator: "; ") + " (\(took) s)."
    }
}

import Archive
import Container

/// Chapters of an export: who came and who left.
enum ExportChapters {
    /// What happens within that many microseconds is one chapter.
    private static let merging: Int64 = 2_000_000

    /// Chapters without holes from 0 to the end of `range`, microseconds of the export.
    static func make(_ people: [MeetingManifest.Participant], range: Range<Int64>) -> [FileMuxer.Chapter] {
        var changes: [(time: Int64, name: String, joined: Bool)] = []
        for person in people {
            changes.append((person.joined, person.name, true))
            if let left = person.left { changes.append((left, person.name, false)) }
        }
        changes.sort { $0.time < $1.time }
        var groups: [(start: Int64, joined: [String], left: [String])] = []
        for change in changes where change.time < range.upperBound - merging {
            let start = max(0, change.time - range.lowerBound)
            guard change.time >= range.lowerBound - merging else { continue }
            if groups.isEmpty || start - (groups.last?.start ?? 0) > merging {
                groups.append((start, [], []))
            }
            if change.joined {
                groups[groups.count - 1].joined.append(change.name)
            } else {
                groups[groups.count - 1].left.append(change.name)
            }
        }
        if let first = groups.first, first.start <= merging {
            groups[0].start = 0
        } else {
            groups.insert((0, [], []), at: 0)
        }
        let ends = groups.dropFirst().map(\.start) + [range.upperBound - range.lowerBound]
        return zip(groups, ends).map { group, end in
            FileMuxer.Chapter(title: title(group.joined, group.left), start: group.start, end: end)
        }
    }

    private static func title(_ joined: [String], _ left: [String]) -> String {
        let parts = [(joined, "joined"), (left, "left")].filter { !$0.0.isEmpty }
        return parts.isEmpty
            ? "Start" : parts.map { "\($0.0.joined(separator: ", ")) \($0.1)" }.joined(separator: "; ")
    }
}

import Archive
import FoundationEssentials
import Media
import MediaTesting
import Testing

/// Where files are placed whose publisher's clock says what cannot be.
@Suite("Clocks against arrival")
struct BelievedClockTests {
    private static let second: Int64 = 1_000_000
    private static let days = 11 * 86_400 * second

    /// A meeting of 20 s with one file that came at 2 s, lasts 10 s, and has these statements: seconds of the track, seconds of the
    /// meeting.
    private func place(
        base: Int64 = 0, start: Int64, _ statements: [(media: Int64, meeting: Int64)]
    ) throws -> (segment: MeetingManifest.Segment, map: ClockMap, folder: TemporaryFolder) {
        let place = try TemporaryFolder()
        let folder = place.path + "/a/m"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var lines = [
            #"{"event":"start","room":"a","time":0,"wall":1772323200000000}"#,
            #"{"event":"join","name":"Ada","participant":"p","time":1}"#,
            #"{"event":"track","participant":"p","source":"camera","time":1,"timeBase":[1,90000],"track":1}"#,
        ]
        lines += statements.map {
            #"{"event":"clock","pts":\#($0.media * 90_000),"time":\#($0.meeting * Self.second),"track":1}"#
        }
        lines += [
            #"{"base":\#(base * 1_000_000_000),"event":"segment","file":"p-camera-1.mp4","number":1,"participant":"p","#
                + #""source":"camera","start":\#(start),"time":\#(2 * Self.second),"#
                + #""tracks":[{"codec":"h264","kind":"video","packets":0,"track":1}]}"#,
            #"{"event":"leave","participant":"p","time":\#(12 * Self.second)}"#,
            #"{"event":"end","time":\#(20 * Self.second)}"#,
        ]
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(
            to: URL(filePath: folder + "/journal.jsonl"))
        let manifest = """
            {"version":1,"meeting":"m","room":"a","started":"2026-03-01T00:00:00.000Z","software":{},
            "ended":"2026-03-01T00:00:20.000Z",
            "participants":[{"id":"p","name":"Ada","joined":1,"left":12000000}],
            "segments":[{"file":"p-camera-1.mp4","participant":"p","source":"camera","number":1,"start":\(start),
            "duration":10000000,"bytes":1,"state":"finalised",
            "tracks":[{"track":1,"kind":"video","codec":"h264","packets":300}]}]}
            """
        try Data(manifest.utf8).write(to: URL(filePath: folder + "/meeting.json"))
        let segment = try #require(try MeetingManifest.read(folder: folder).segments.first)
        return (segment, SegmentClocks(folder: folder).map(of: segment, track: 0), place)
    }

    @Test func aClockNearArrivalIsBelieved() throws {
        let (_, map, folder) = try place(start: 1_900_000, [(0, 1)])
        #expect(map.meetingTime(ofMedia: 0) == 1_000_000_000)
        withExtendedLifetime(folder) {}
    }

    @Test func aFileElevenDaysAheadIsPlacedWhereItCame() throws {
        let (segment, map, folder) = try place(start: Self.days, [(0, Self.days / Self.second)])
        #expect(map.meetingTime(ofMedia: 0) == 2_000_000_000)
        #expect(map.meetingTime(ofMedia: 5_000_000_000) == 7_000_000_000)
        let source = try ReplaySource(
            folder: folder.path + "/a/m", manifest: try MeetingManifest.read(folder: folder.path + "/a/m"))
        #expect(source.duration <= 22 * Self.second, "not \(segment.start)")
        let summary = try ArchiveIndex(archive: folder.path).meetings()
        #expect(summary.map(\.duration).allSatisfy { $0 <= 30 * Self.second })
    }

    @Test func whatSeemsToBeCapturedAfterTheEndIsNot() throws {
        let (_, map, folder) = try place(start: 1_000_000, [(0, 1)])
        #expect(map.meetingTime(ofMedia: Self.days * 1000) <= 22_000_000_000)
        withExtendedLifetime(folder) {}
    }

    /// An encoder that was restarted counts from 0 again: what it says then is not about the file before.
    @Test func statementsOfAnotherRunOfTimeStampsDoNotCount() throws {
        let (_, map, folder) = try place(
            base: 7200, start: 1_000_000, [(7200, 1), (7205, 6), (3, 9), (8, 14)])
        #expect(map.meetingTime(ofMedia: 0) == 1_000_000_000)
        #expect(map.meetingTime(ofMedia: 10_000_000_000) == 11_000_000_000)
        withExtendedLifetime(folder) {}
    }

    @Test func whoCameBackIsListedOnce() throws {
        let archive = try SyntheticArchive()
        try archive.add(room: "a", meeting: "m", start: 0)
        let path = archive.path + "/a/m/meeting.json"
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        let people =
            #"[{"id":"p1","name":"Ada","joined":0},{"id":"p2","name":"Grace  H.","joined":1},"#
            + #"{"id":"p1-2","name":"ada","joined":2},{"id":"p3","name":" ","joined":3}]"#
        let start = try #require(text.firstRange(of: "[{\"id\""))
        let end = try #require(text[start.lowerBound...].firstIndex(of: "]"))
        try archive.write(text.replacingCharacters(start.lowerBound...end, people), to: path)
        let meeting = try #require(try archive.index { try $0.meetings() }.first)
        #expect(meeting.names == ["Ada", "Grace H."] && meeting.people == 2)
        #expect(
            try archive.index { try $0.meetings() }.first?.names == meeting.names, "also from the catalogue")
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: ClosedRange<Index>, _ text: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: text)
        return copy
    }
}

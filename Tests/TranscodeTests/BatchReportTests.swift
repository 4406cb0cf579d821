import Fixtures
import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct BatchReportTests {
    private var report: BatchReport {
        var passed = BatchCase("clips/a.mp4", "web", outcome: .passed)
        passed.seconds = 1.25
        passed.notes = ["alpha dropped"]
        var failed = BatchCase("weird <\"&'>\u{1}\u{FFFF}.mp4", "web", outcome: .failed)
        failed.failures = [
            BatchFailure(code: "psnr", text: "PSNR is 3 < 30\nworst at 1 s"),
            BatchFailure(code: "size", text: "too large ]]> \u{8}"),
        ]
        return BatchReport(
            cases: [passed, failed, BatchCase("b.mp4", "web", outcome: .interrupted)], isInterrupted: true,
            seconds: 2)
    }

    @Test func junitIsWellFormedWhateverFixturesAreCalled() throws {
        let text = JUnitReport.text(report, name: "ci/m.json", timestamp: "2026-03-01T09:30:00")
        let document = try XMLDocument(data: Data(text.utf8))
        let suite = try #require(try document.nodes(forXPath: "/testsuites/testsuite").first as? XMLElement)
        func attribute(_ name: String) -> String? { suite.attribute(forName: name)?.stringValue }
        #expect(attribute("tests") == "3" && attribute("failures") == "1" && attribute("skipped") == "1")
        #expect(attribute("name") == "ci/m.json" && attribute("timestamp") == "2026-03-01T09:30:00")
        let failures = try document.nodes(forXPath: "//testcase[2]/failure")
        let failure = try #require(failures.first as? XMLElement)
        #expect(failures.count == 1 && failure.attribute(forName: "type")?.stringValue == "psnr, size")
        #expect(failure.stringValue == "PSNR is 3 < 30\nworst at 1 s\ntoo large ]]> \u{FFFD}")
        #expect(failure.attribute(forName: "message")?.stringValue == "PSNR is 3 < 30\nworst at 1 s")
        let names = try document.nodes(forXPath: "//testcase/@classname").map { $0.stringValue ?? "" }
        #expect(names == ["clips/a.mp4", "weird <\"&'>\u{FFFD}\u{FFFD}.mp4", "b.mp4"])
        #expect(try document.nodes(forXPath: "//testcase[1]/@time").first?.stringValue == "1.250")
        #expect(
            try document.nodes(forXPath: "//testcase[1]/system-out").first?.stringValue == "alpha dropped")
        #expect(try document.nodes(forXPath: "//testcase[3]/skipped").count == 1)
    }

    /// What both stored versions of `junit-10.xsd` of Jenkins' xUnit plugin, which checks reports against it, allow of what
    /// could be written.
    private static let allowed: [String: Set<String>] = [
        "testsuites": ["name", "time", "tests", "failures", "errors"],
        "testsuite": [
            "name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id",
            "package", "file", "log", "url",
        ],
        "testcase": ["name", "time", "classname", "group"], "failure": ["type", "message"],
        "skipped": ["type", "message"], "system-out": [],
    ]

    @Test func junitHasOnlyWhatJenkinsSchemaKnows() throws {
        let text = JUnitReport.text(report, name: "ci/m.json", timestamp: "2026-03-01T09:30:00")
        let document = try XMLDocument(data: Data(text.utf8))
        let elements = try document.nodes(forXPath: "//*").compactMap { $0 as? XMLElement }
        #expect(elements.count == 8)
        for element in elements {
            let name = element.name ?? ""
            let known = try #require(Self.allowed[name], "\(name)")
            let attributes = Set((element.attributes ?? []).compactMap(\.name))
            #expect(attributes.isSubset(of: known), "\(name): \(attributes.subtracting(known))")
            let required: Set<String> =
                switch name {
                case "testsuite": ["name", "tests", "failures", "errors"]
                case "testcase": ["name"]
                default: []
                }
            #expect(required.isSubset(of: attributes), "\(name)")
        }
        for time in try document.nodes(forXPath: "//@time") {
            #expect(time.stringValue?.wholeMatch(of: /[0-9]+\.[0-9]{3}/) != nil)
        }
    }

    @Test func jsonHoldsEveryCase() throws {
        let text = try JSONReport(report, manifest: "ci/m.json", began: "2026-03-01T09:30:00Z").text()
        let read = try JSONDecoder().decode(JSONReport.self, from: Data(text.utf8))
        #expect(read.cases == report.cases && !read.isSuccess && read.isInterrupted)
        #expect(read.libraries["libavcodec"] != nil)
    }

    @Test func tableAndFailuresListEverything() {
        let lines = BatchTable.lines(report)
        #expect(
            lines.count == 4 && lines[2].contains("FAILED: psnr, size") && lines[3].contains("interrupted"))
        #expect(BatchTable.failures(report).count == 2)
    }

    @Test(arguments: [20, 40, 60, 200]) func theTableFitsTheTerminal(columns: Int) {
        let lines = BatchTable.lines(report, columns: columns)
        #expect(lines.count == 4 && lines.allSatisfy { $0.count <= columns }, "\(lines)")
        #expect(columns < 40 || lines[2].contains("FAILED"))
        #expect(columns < 200 || lines == BatchTable.lines(report))
    }

    @Test func onlyAllAsExpectedIsSuccess() {
        let passed = BatchCase("a", "web", outcome: .passed)
        #expect(BatchReport(cases: [passed], isInterrupted: false, seconds: 0).isSuccess)
        #expect(!BatchReport(cases: [passed], isInterrupted: true, seconds: 0).isSuccess)
        let failed = BatchCase("a", "web", outcome: .failed)
        #expect(!BatchReport(cases: [passed, failed], isInterrupted: false, seconds: 0).isSuccess)
    }
}

import Media

/// A run as JUnit XML, in the form that GitHub's actions, GitLab and Jenkins read: one `testcase` for each rendition, its
/// class the fixture. Only what both versions of `junit-10.xsd` of Jenkins' xUnit plugin know is written.
public enum JUnitReport {
    /// The text of the file.
    /// - Parameters:
    ///   - name: of the suite: the manifest's path.
    ///   - timestamp: of the beginning, ISO 8601 without a zone.
    public static func text(_ report: BatchReport, name: String, timestamp: String) -> String {
        let cases = report.cases
        let failures = cases.count { $0.outcome == .failed }
        let skipped = cases.count { $0.outcome == .interrupted }
        let counts =
            "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"0\""
            + " time=\"\(seconds(report.seconds))\""
        let title = XMLText.escaped(name)
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites name=\"convene transcode\" \(counts)>",
            "  <testsuite name=\"\(title)\" file=\"\(title)\" \(counts) skipped=\"\(skipped)\""
                + " timestamp=\"\(XMLText.escaped(timestamp))\">",
        ]
        lines += cases.map(element)
        return (lines + ["  </testsuite>", "</testsuites>"]).joined(separator: "\n") + "\n"
    }

    private static func element(_ item: BatchCase) -> String {
        let start =
            "    <testcase classname=\"\(XMLText.escaped(item.fixture))\" name=\"\(XMLText.escaped(item.rendition))\""
            + " time=\"\(seconds(item.seconds))\""
        var lines: [String] = []
        switch item.outcome {
        case .failed:
            // One element: several are allowed, but not every reader shows more than the first.
            let codes = item.failures.map(\.code).joined(separator: ", ")
            let texts = item.failures.map(\.text)
            lines.append(
                "      <failure message=\"\(XMLText.escaped(texts.first ?? ""))\" type=\"\(XMLText.escaped(codes))\">"
                    + XMLText.escaped(texts.joined(separator: "\n")) + "</failure>")
        case .interrupted: lines.append("      <skipped message=\"The run was interrupted.\"/>")
        case .passed: break
        }
        let remarks = remarks(item)
        if !remarks.isEmpty {
            lines.append("      <system-out>\(XMLText.escaped(remarks.joined(separator: "\n")))</system-out>")
        }
        return lines.isEmpty
            ? start + "/>" : ([start + ">"] + lines + ["    </testcase>"]).joined(separator: "\n")
    }

    private static func remarks(_ item: BatchCase) -> [String] {
        var remarks = item.notes
        if let error = item.expectedError { remarks.append("failed with \(error), as expected") }
        if item.isCached { remarks.append("from the cache") }
        return remarks
    }

    private static func seconds(_ value: Double) -> String { DecimalText.fixed(value, digits: 3) }
}

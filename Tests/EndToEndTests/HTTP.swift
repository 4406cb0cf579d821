import Foundation

/// What a scraper or a load balancer asks, without a library.
enum HTTP {
    struct Answer: Equatable {
        var status: Int
        var body: String
    }

    /// The answer to a GET.
    static func get(_ path: String, port: Int) throws -> Answer {
        try answer("GET \(path) HTTP/1.1\r\nHost: test\r\n\r\n", port: port)
    }

    /// The answer to any request.
    static func answer(_ request: String, port: Int) throws -> Answer {
        let client = try TCPClient(port: port)
        client.send(Array(request.utf8))
        let text = String(decoding: try client.receiveToEnd(), as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n"),
            let status = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw HarnessError("No HTTP answer to \(request.prefix(60)): \(text.prefix(200))") }
        return Answer(status: status, body: String(text[end.upperBound...]))
    }

    /// All time series of a server, by name with labels.
    static func metrics(_ meeting: Meeting) throws -> [String: Double] {
        let answer = try get("/metrics", port: meeting.metricsPort)
        guard answer.status == 200 else { throw HarnessError("/metrics: \(answer)") }
        var values: [String: Double] = [:]
        for line in answer.body.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...])
            else { throw HarnessError("No sample: \(line)") }
            values[String(line[..<space])] = value
        }
        return values
    }
}

/// The parts of a viewer's report that the tests look at. Times are milliseconds.
struct ViewReport: Decodable {
    struct Percentiles: Decodable {
        var count: Int
        var p95: Double
    }

    struct Track: Decodable {
        var name: String
        var kind: String
        var packetsMissing: Int
        var framesDecoded: Int
        var pictureHeight: Int?
        var framesMissing: Int?
        var decodeErrors: Int
        var firstPicture: Double?
        var latency: Percentiles?
        var avOffset: Percentiles?
    }

    var tracks: [Track]

    var videos: [Track] { tracks.filter { $0.kind == "video" } }
}

/// The parts of a journal's line that the tests look at.
struct JournalLine: Decodable {
    var event: String
    var participant: String?
    var name: String?
    var reason: String?
    var text: String?
    /// Microseconds of the Unix epoch.
    var wall: Int64?
}

/// Which token stands for which participant of a meeting: how somebody whose connection broke proves who they are.
///
/// Tokens are random numbers of 128 bits. Those of the participants who joined last are kept, as many as a room holds.
struct ParticipantPlaces {
    private static let maximum = 2048

    private var participants: [String: String] = [:]
    private var order: [String] = []

    /// A new token for `participant`.
    mutating func token(for participant: String) -> String {
        var generator = SystemRandomNumberGenerator()
        let token = (0..<2).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        participants[token] = participant
        order.append(token)
        if order.count > Self.maximum { participants[order.removeFirst()] = nil }
        return token
    }

    /// Whose token that is; `nil` where it is of another meeting, or too old.
    func participant(of token: String) -> String? { participants[token] }
}

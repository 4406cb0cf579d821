import MediaTesting

/// Clients that come and go in 50 rooms.
final class Churn {
    private static let rooms = 50
    private static let population = 150
    /// Clients that may come at each step.
    private static let arrivals = 3
    private static let step = Duration.milliseconds(10)
    private static let behaviours: [(ChurnClient.Behaviour, weight: Int)] = [
        (.viewer, 8), (.publisher, 8), (.silent, 1), (.stutterer, 1), (.vanishing, 1), (.deaf, 2),
        (.garbler, 1),
    ]

    private let port: Int
    private let stream: ChurnStream
    private let scratch = ChurnClient.Scratch()
    private var generator: SeededGenerator
    private var clients: [ChurnClient] = []
    /// Publishers whose connection broke, and who come back.
    private var broken: [ChurnClient] = []
    /// Clients that have come so far.
    private(set) var arrived = 0
    /// Of those, publishers who came back as who they were.
    private(set) var returned = 0

    init(port: Int, seed: UInt64) throws {
        self.port = port
        stream = try ChurnStream()
        generator = SeededGenerator(seed: seed)
    }

    /// Lets clients come and go for a while, then all that are left go.
    func run(for duration: Duration) async throws {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end {
            for _ in 0..<Self.arrivals where clients.count < Self.population { try arrive() }
            // Each stays for three seconds on average; those who come back have the names of those who left.
            for client in clients where Int.random(in: 0..<300, using: &generator) == 0 {
                let ending = ChurnClient.Ending.allCases.randomElement(using: &generator) ?? .close
                client.end(ending)
                if ending != .bye, client.token != nil { broken.append(client) }
            }
            try await pump()
        }
        for client in clients {
            client.end(ChurnClient.Ending.allCases.randomElement(using: &generator) ?? .close)
        }
        try await Wait.until("the server's closing of \(clients.count) connections", seconds: 60) {
            for client in clients { client.pump(now: .now) }
            clients.removeAll(where: \.isOver)
            return clients.isEmpty
        }
    }

    private func arrive() throws {
        arrived += 1
        if let gone = broken.popLast() {
            returned += 1
            return clients.append(try client(gone.room, gone.name, gone.token ?? "", .publisher))
        }
        let room = Int.random(in: 1...Self.rooms, using: &generator)
        let name = Int.random(in: 1...4, using: &generator)
        var pick = Int.random(in: 0..<Self.behaviours.reduce(0) { $0 + $1.weight }, using: &generator)
        var behaviour = ChurnClient.Behaviour.viewer
        for candidate in Self.behaviours {
            if pick < candidate.weight {
                behaviour = candidate.0
                break
            }
            pick -= candidate.weight
        }
        clients.append(try client("churn-\(room)", "Person \(name)", "", behaviour))
    }

    private func client(
        _ room: String, _ name: String, _ resume: String, _ behaviour: ChurnClient.Behaviour
    ) throws -> ChurnClient {
        try ChurnClient(
            port: port, room: room, name: name, resume: resume, behaviour: behaviour, stream: stream,
            scratch: scratch, using: &generator)
    }

    private func pump() async throws {
        let now = ContinuousClock.now
        for client in clients { client.pump(now: now) }
        clients.removeAll(where: \.isOver)
        try await Task.sleep(for: Self.step)
    }
}

import Media
import NIOCore
import Relay

/// What a running server tells those who watch it: metrics, health, readiness.
final class ServerMetrics: Sendable {
    /// What the archive counts; the families that it makes through swift-metrics.
    static let descriptions: [String: PrometheusRegistry.Description] = [
        "convene_recording_segments_total": .init("Files that were begun."),
        "convene_recording_finalised_total": .init("Files that were finished as plain MP4."),
        "convene_recording_open_segments": .init("Files that are being written."),
        "convene_recording_durable_bytes_total": .init(
            "Bytes of recordings and journals that were brought to the disk while their meetings went on."),
        "convene_recording_sync_seconds": .init(
            "Time from the writing of a fragment until it was on the disk: what a power cut would lose.",
            bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
        "convene_recording_sync_failures_total": .init("Times that the disk refused to sync a file."),
        "convene_recording_lost_packets_total": .init("Packets that are missing in recordings, by reason."),
        "convene_recording_failures_total": .init("Times that a meeting's recording failed."),
        "convene_recording_waiting_files": .init("Files that are complete and wait to be made plain MP4."),
        "convene_recording_behind_seconds": .init(
            "How long the oldest waits of what came more than a second ago and is not written. 0: all is written."
        ),
        "convene_recording_sync_behind_seconds": .init(
            "How long the oldest waits of what is written and not on the disk."),
    ]

    /// Seconds within which every event loop has to answer for the process to count as healthy.
    private static let healthDeadline = TimeAmount.seconds(2)

    let readiness = Readiness()
    private let server: RelayServer
    private let memory: MemoryBudget
    private let registry: PrometheusRegistry
    private let loops: [any EventLoop]

    /// What is wrong with the archive; `nil` where nothing is.
    private let archiveProblem: @Sendable () -> String?

    init(
        server: RelayServer, memory: MemoryBudget, registry: PrometheusRegistry, group: any EventLoopGroup,
        archiveProblem: @escaping @Sendable () -> String? = { nil }
    ) {
        self.archiveProblem = archiveProblem
        self.server = server
        self.memory = memory
        self.registry = registry
        loops = Array(group.makeIterator())
    }

    /// The page at `path`, if there is one.
    func page(_ path: String, on loop: any EventLoop) -> EventLoopFuture<MetricsPage>? {
        switch path {
        case "/metrics": loop.makeFutureWithTask { await self.metrics() }
        case "/healthz": health(on: loop)
        case "/readyz": loop.makeSucceededFuture(ready())
        default: nil
        }
    }

    private func metrics() async -> MetricsPage {
        let families =
            RelayMetrics.families(await server.counters(), await server.roomCounts())
            + memoryFamilies() + registry.families() + ProcessMetrics.families()
            + [
                MetricFamily(
                    "convene_build_info", "Always 1; the version is its label.", .gauge,
                    samples: [.init(labels: [.init(name: "version", value: Version.number)], value: 1)])
            ]
        return MetricsPage(
            .ok, PrometheusText.encode(families), contentType: PrometheusText.contentType)
    }

    private func memoryFamilies() -> [MetricFamily] {
        [
            MetricFamily(
                "convene_memory_bytes", "Memory that is kept for participants, by what it is kept for.",
                .gauge,
                by: "use",
                [
                    "cache": memory.used(for: .cache), "preroll": memory.used(for: .preRoll),
                    "queue": memory.used(for: .queue), "input": memory.used(for: .input),
                    "recorder": memory.used(for: .recorder),
                ]),
            MetricFamily(
                "convene_memory_limit_bytes", "Memory that may be kept for participants.", .gauge,
                memory.bytes),
        ]
    }

    private func ready() -> MetricsPage {
        switch readiness.state {
        case .ready:
            if let problem = archiveProblem() {
                MetricsPage(.serviceUnavailable, "\(problem)\n")
            } else {
                MetricsPage(.ok, "ready\n")
            }
        case .starting: MetricsPage(.serviceUnavailable, "starting\n")
        case .draining: MetricsPage(.serviceUnavailable, "draining\n")
        }
    }

    /// Healthy is a process whose event loops all answer.
    private func health(on loop: any EventLoop) -> EventLoopFuture<MetricsPage> {
        let answer = loop.makePromise(of: MetricsPage.self)
        let timer = loop.scheduleTask(in: Self.healthDeadline) {
            answer.succeed(MetricsPage(.serviceUnavailable, "an event loop does not answer\n"))
        }
        EventLoopFuture.andAllSucceed(loops.map { $0.submit {} }, on: loop).whenComplete { result in
            timer.cancel()
            switch result {
            case .success: answer.succeed(MetricsPage(.ok, "ok\n"))
            // A loop that has ended takes nothing any more.
            case .failure: answer.succeed(MetricsPage(.serviceUnavailable, "an event loop has ended\n"))
            }
        }
        return answer.futureResult
    }
}

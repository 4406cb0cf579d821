import Glibc
import Media
import NIOCore
import NIOPosix
import Wire

/// `convene load`: puts publishers and subscribers on a server and says what came through.
public enum Load {
    /// Files that the process needs besides its connections.
    private static let ownFiles = 64
    private static let connectTimeout = TimeAmount.seconds(5)

    /// Loads the server at `url` until the time is over or somebody presses Ctrl-C, and writes the report.
    /// - Throws: ``AppError``: wrong options, no server, or what came through was not good enough.
    @MainActor
    public static func run(url: String, options: LoadOptions) async throws {
        let plan = try LoadPlan(url, options)
        try raiseFileLimit(plan)
        let streams = try streams(plan)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result: Result<LoadReport, any Error>
        do {
            result = .success(try await report(plan, streams, on: group.next()))
        } catch { result = .failure(error) }
        try? await group.shutdownGracefully()
        let report = try result.get()
        if options.writesJSON {
            Output.line(try report.encoded())
        } else {
            for line in LoadTable.lines(report) { Output.line(line) }
        }
        if let failure = report.failure(allowedLoss: plan.allowedLoss) {
            throw AppError("The load failed: \(failure).", status: .failure)
        }
    }

    private static func raiseFileLimit(_ plan: LoadPlan) throws(AppError) {
        Output.detach()
        OpenFileLimit.raise(AppLog.make(level: .notice))
        let needed = plan.connections + ownFiles
        guard OpenFileLimit.current >= needed else {
            throw AppError(
                "\(plan.connections) connections need \(needed) open files, but this user may have "
                    + "\(OpenFileLimit.current). Raise the limit (ulimit -Hn, LimitNOFILE) or ask for fewer.",
                status: .failure)
        }
    }

    private static func streams(_ plan: LoadPlan) throws -> [LoadStream] {
        guard plan.publishers > 0 else { return [] }
        var streams: [LoadStream] = []
        if let video = plan.video { streams.append(try LoadStream.video(video)) }
        if plan.sendsAudio { streams.append(try LoadStream.audio()) }
        return streams
    }

    @MainActor
    private static func report(
        _ plan: LoadPlan, _ streams: [LoadStream], on loop: any EventLoop
    ) async throws -> LoadReport {
        let address = try await resolve(plan.url, on: loop)
        let run = LoadRun(plan: plan, streams: streams, address: address, loop: loop)
        var report: LoadReport?
        try await Termination.run(after: nil) { termination in
            let watcher = Task {
                await termination.wait()
                run.interrupt()
            }
            report = try await perform(run, plan, streams)
            termination.request()
            await watcher.value
        }
        guard let report else { throw AppError("The load ended without a report.", status: .software) }
        return report
    }

    private static func perform(
        _ run: LoadRun, _ plan: LoadPlan, _ streams: [LoadStream]
    ) async throws -> LoadReport {
        let rooms = LoadTable.count(plan.rooms.count, "room")
        Output.note("\(LoadTable.count(plan.connections, "participant")) for \(rooms) at \(plan.url.host)")
        await run.ramp()
        let ramped = await run.outcome()
        guard ramped.joined > 0 else {
            await run.leave()
            let reasons = ramped.errors.keys.sorted().joined(separator: ", ")
            throw AppError(
                "Nobody could join \(plan.url): \(reasons.isEmpty ? "interrupted" : reasons).",
                status: .unavailable)
        }
        Output.note("\(ramped.joined) joined; measuring for \(plan.duration) s")
        let before = cpuSeconds()
        let seconds = await run.measure()
        let cpu = (cpuSeconds() - before) / max(seconds, 0.001)
        let outcome = await run.outcome()
        let counters = await run.drain()
        await run.leave()
        return LoadReport(
            url: "\(plan.url)", rooms: plan.rooms.count, publishers: plan.publishers,
            subscribers: plan.subscribers, joined: outcome.joined, streams: streams.map { .init($0) },
            seconds: seconds, isInterrupted: outcome.isInterrupted, packetsSent: counters.sent,
            packetsUnsent: counters.unsent, bytesSent: counters.sentBytes,
            packetsDelivered: counters.delivered, bytesDelivered: counters.deliveredBytes,
            packetsLost: counters.lost, packetsDroppedByServer: counters.told,
            packetsOutOfOrder: counters.outOfOrder, silentTracks: counters.silent,
            reconnects: counters.reconnects,
            errors: ramped.errors.merging(outcome.errors) { $0 + $1 },
            latency: .init(counters.latencies), roundTrip: .init(counters.roundTrips),
            sendDelay: .init(counters.delays), loadCPU: cpu)
    }

    /// The address at which the server answers: a name may have several.
    private static func resolve(_ url: ConveneURL, on loop: any EventLoop) async throws -> SocketAddress {
        do {
            let channel = try await LoadRun.bootstrap(loop).connectTimeout(connectTimeout)
                .connect(host: url.host, port: url.port).get()
            let address = channel.remoteAddress
            try? await channel.close().get()
            if let address { return address }
            throw AppError("The server at \(url) has no address.", status: .software)
        } catch let error as AppError {
            throw error
        } catch {
            let first = (error as? NIOConnectionError)?.connectionErrors.first?.error as? IOError
            let reason =
                first.map { String(cString: strerror($0.errnoCode)) } ?? "no answer, or an unknown host"
            throw AppError(
                "Cannot reach \(url.host):\(url.port): \(reason). Check the address, and that the server runs.",
                status: .unavailable)
        }
    }

    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

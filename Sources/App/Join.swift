import Client
import Logging
import Wire

/// `convene join`: a person in a meeting, who sends and sees and writes.
public enum Join {
    /// Joins a room. Lines from standard input are chat.
    /// - Throws: ``AppError``, or what a module refuses.
    @MainActor
    public static func run(
        _ access: RoomAccess, publish: PublishOptions, view: ViewOptions
    ) async throws {
        let address = try ConveneURL(access.url)
        try view.checkFiles()
        let configuration = try AppConfiguration(
            file: access.configuration, flags: try PublishSettings.flags(publish), isClient: true,
            defaults: AppLog.personLevel)
        guard publish.file != "-" else {
            throw AppError(
                "Standard input is the chat of join. Use publish --file -, or name a file.", status: .usage)
        }
        Output.detach()
        let logger = AppLog.make(
            level: Logger.Level(rawValue: configuration.text("log.level")) ?? .warning, isForPerson: true)
        let settings = try await PublishSettings(publish, configuration).prepared()
        try await Termination.run(after: access.duration) { termination in
            let switches = SendSwitches(isMuted: publish.isMuted, isCameraOff: publish.isCameraOff)
            let own = OwnView()
            let publisher = Publisher(
                settings: settings, termination: termination, switches: switches,
                own: view.showsPictures ? own : nil, isMeeting: true, logger: logger)
            let prepared = try await publisher.prepare()
            guard !termination.isRequested else { return await publisher.stop(prepared) }
            if prepared.kinds.isEmpty {
                Output.note("* you watch, and can write: there is neither a camera nor a microphone")
            }
            let screen: ViewerScreen
            let connection: Connection
            do {
                screen = try ViewerScreen(view, room: address.room)
                screen.statistics.beginConnecting()
                connection = try await access.connect(logger: AppLog.ofConnection(logger))
            } catch {
                await publisher.stop(prepared)
                throw error
            }
            let controls = JoinControls(
                switches: switches, kinds: prepared.kinds, own: own, name: access.name,
                termination: termination)
            defer { ChatInput.giveBack() }
            try await take(
                part: Part(
                    connection: connection, publisher: publisher, prepared: prepared, controls: controls,
                    reconnect: access.reconnect, logger: logger), termination, view, screen)
        }
    }

    /// What a person takes part with.
    private struct Part {
        let connection: Connection
        let publisher: Publisher
        let prepared: Publisher.Prepared
        let controls: JoinControls
        let reconnect: Double
        let logger: Logger
    }

    @MainActor
    private static func take(
        part: Part, _ termination: Termination, _ view: ViewOptions, _ screen: ViewerScreen
    ) async throws {
        let (connection, publisher, logger) = (part.connection, part.publisher, part.logger)
        let watch = ConnectionWatch(connection, termination, reconnect: part.reconnect)
        do {
            let viewer = Viewer(
                connection: connection, screen: screen, options: view, controls: part.controls, logger: logger
            )
            startChat(part, viewer)
            let published = Task {
                do { try await publisher.run(part.prepared, connection) } catch {
                    // Who cannot send can still watch: the meeting goes on, the failure is the exit status.
                    logger.error("\(AppError(error))")
                    throw error
                }
            }
            try await viewer.run(termination)
            try await published.value
            await connection.finish()
            await viewer.finish()
        } catch {
            termination.request()
            await publisher.stop(part.prepared)
            await connection.finish()
            throw watch.failure ?? error
        }
        logger.info("\(publisher.summary)")
        if let failure = watch.failure { throw failure }
    }

    @MainActor
    private static func startChat(_ part: Part, _ viewer: Viewer) {
        let sound = viewer.sound
        ChatInput.start { [connection = part.connection, controls = part.controls] line in
            switch ChatCommand(line) {
            case .nothing: break
            case .say(let text):
                if !connection.isClosed, text.utf8.count <= WireLimits.maximumChatBytes {
                    connection.chat(text)
                } else {
                    Output.note("* that was not said: the connection is over, or the line is too long")
                }
            case .help: Output.note(ChatCommand.list)
            case .microphone: controls.toggleMicrophone()
            case .camera: controls.toggleCamera()
            case .sound: Output.note("* the sound is \(sound.toggle() ? "off" : "on")")
            case .quit: controls.quit()
            case .unknown(let word):
                Output.note("* there is no command \(word), and nothing was sent; /help lists them")
            }
        }
    }
}

/// What went wrong between the decoded media and the person.
public enum DisplayError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The window could not be opened: `operation` of SDL failed with `reason`.
    case window(operation: String, reason: String)
    /// A picture could not be drawn: `operation` of SDL failed with `reason`.
    case drawing(operation: String, reason: String)
    /// There is no sound output that could be opened.
    case noAudioDevice(reason: String)

    /// Whose doing an error is.
    public enum Fault: Sendable, Hashable {
        /// This machine: its screen, its sound card, its memory.
        case environment
        /// Convene.
        case bug
    }

    /// Whose doing this is.
    public var fault: Fault {
        switch self {
        case .window, .noAudioDevice: .environment
        case .drawing: .bug
        }
    }

    /// What failed, the value, the next step.
    public var description: String {
        switch self {
        case .window(let operation, let reason):
            "The window cannot be opened (\(operation): \(reason)). "
                + "Start it within a desktop session, or use --headless."
        case .drawing(let operation, let reason):
            "The picture cannot be drawn (\(operation): \(reason)). Try SDL_RENDER_DRIVER=software."
        case .noAudioDevice(let reason):
            "No sound output can be opened (\(reason)). Connect a loudspeaker, or use --no-audio."
        }
    }
}

import Display

/// What is said where no sound output can be opened.
package enum MissingSound {
    /// - Parameter isParticipant: whether the person also sends. `--no-audio` of `join` is about the microphone, and no
    ///   advice there.
    package static func text(_ error: any Error, isParticipant: Bool) -> String {
        guard isParticipant, let error = error as? DisplayError, case .noAudioDevice(let reason) = error
        else { return "\(error)" }
        return
            "No sound output can be opened (\(reason)). You hear nobody; connect a loudspeaker and join again."
    }
}

import Display

/// The switch of the loudspeaker. Any thread.
struct LoudspeakerSwitch: Sendable {
    let playout: Playout

    /// Switches the sound off or on.
    /// - Returns: whether it is off now.
    func toggle() -> Bool {
        let isOff = !playout.isMuted
        playout.isMuted = isOff
        return isOff
    }
}

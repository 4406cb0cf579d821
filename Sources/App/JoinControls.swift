import Display
import Media

/// What a person in a meeting can switch, by keys in the window and by commands on the terminal. Any thread.
final class JoinControls: Sendable {
    private let switches: SendSwitches
    private let kinds: Set<MediaKind>
    private let own: OwnView
    private let name: String
    private let termination: Termination

    /// - Parameter kinds: what there is to send.
    init(
        switches: SendSwitches, kinds: Set<MediaKind>, own: OwnView, name: String, termination: Termination
    ) {
        self.switches = switches
        self.kinds = kinds
        self.own = own
        self.name = name
        self.termination = termination
    }

    /// Switches the microphone off or on, and says so.
    func toggleMicrophone() {
        guard kinds.contains(.audio) else {
            return Output.note("* you send no sound: there is nothing to mute")
        }
        switches.isMuted.toggle()
        Output.note(
            switches.isMuted ? "* your microphone is muted: nothing of it is sent" : "* your microphone is on"
        )
    }

    /// Switches the camera off or on, and says so.
    func toggleCamera() {
        guard kinds.contains(.video) else { return Output.note("* you send no pictures: there is no camera") }
        switches.isCameraOff.toggle()
        Output.note(
            switches.isCameraOff ? "* your camera is off: the others see your name" : "* your camera is on")
    }

    /// Leaves.
    func quit() { termination.request() }

    /// What the window shows of the person.
    var tile: OwnTile {
        OwnTile(
            name: name, hasMicrophone: kinds.contains(.audio), isMuted: switches.isMuted, level: own.level)
    }

    /// The picture of the person where it has changed.
    func takePicture() -> VideoFrame?? { own.takePicture() }
}

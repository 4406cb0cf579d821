import Capture
import Synchronization

/// What a person lets out at present: the switches of the microphone and of the camera. Any thread.
final class SendSwitches: Sendable {
    private struct State {
        var isMuted: Bool
        var isCameraOff: Bool
        /// Ends the present capture.
        var capture: StopSignal?
    }

    private let state: Mutex<State>

    init(isMuted: Bool = false, isCameraOff: Bool = false) {
        state = Mutex(State(isMuted: isMuted, isCameraOff: isCameraOff))
    }

    /// Whether nothing that the microphone hears is sent.
    var isMuted: Bool {
        get { state.withLock(\.isMuted) }
        set { state.withLock { $0.isMuted = newValue } }
    }

    /// Whether no pictures are sent. Switching them off ends the capture, and the device is free.
    var isCameraOff: Bool {
        get { state.withLock(\.isCameraOff) }
        set {
            state.withLock { state in
                state.isCameraOff = newValue
                if newValue { state.capture?.stop() }
            }
        }
    }

    /// A signal for one capture of the camera: given with `stop`, and when the camera is switched off.
    func beginCapture(_ stop: StopSignal) -> StopSignal {
        let signal = StopSignal(following: stop)
        state.withLock { state in
            state.capture = signal
            if state.isCameraOff { signal.stop() }
        }
        return signal
    }
}

import Codec
import Synchronization
import Wire

/// Leads requests for keyframes to the encoders. Any thread.
final class KeyframeRouter: Sendable {
    private let encoders = Mutex<[TrackID: VideoEncoder.KeyframeRequest]>([:])

    func connect(_ track: TrackID, _ request: VideoEncoder.KeyframeRequest) {
        encoders.withLock { $0[track] = request }
    }

    func disconnect(_ track: TrackID) { _ = encoders.withLock { $0.removeValue(forKey: track) } }

    func request(_ track: TrackID) { encoders.withLock { $0[track] }?.set() }
}

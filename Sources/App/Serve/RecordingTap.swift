import Archive
import Media
import Relay
import Wire

/// Wires every room to a recorder of its own: the archive is one more subscriber, with a queue of its own.
struct RecordingTaps: RoomTapFactory {
    let store: ArchiveStore
    /// Those that are recorded without being asked to.
    let rooms: RoomPatterns

    func makeTap(room: String, meeting: UInt64, control: RoomControl) -> (any RoomTap)? {
        let isRecorded = rooms.contains(room)
        let recorder = store.record(
            room: room, meeting: meeting,
            callbacks: RecorderCallbacks(
                requestKeyframe: { control.requestKeyframe(TrackID(rawValue: $0)) },
                stateChanged: { state, reason in control.setRecording(Self.wire(state), reason: reason) },
                answered: { participant, answer in Self.answer(participant, answer, control) }),
            records: isRecorded)
        // Whoever enters learns from the start whether the room is recorded, before there is anything to write.
        control.setRecording(Self.wire(recorder.initialState), reason: nil)
        let past = recorder.past.map {
            RoomPast(meeting: $0.meeting, participants: $0.participants, lastTrack: $0.lastTrack)
        }
        return RecordingTap(recorder: recorder, past: past)
    }

    private static func wire(_ state: RecorderCallbacks.State) -> RecordingState {
        switch state {
        case .recording: .recording
        case .failed: .failed
        case .stopped: .stopped
        case .paused: .paused
        case .off: .off
        }
    }

    private static func answer(
        _ participant: String, _ answer: RecorderCallbacks.Answer, _ control: RoomControl
    ) {
        switch answer {
        case .unchanged: control.repeatRecording(to: participant)
        case .refused(let reason):
            control.refuse(participant, WireError(.recordingUnavailable, reason))
        }
    }
}

/// Hands what happens in one room to its recorder. Never blocks: the recorder queues.
private struct RecordingTap: RoomTap {
    let recorder: MeetingRecorder
    let past: RoomPast?

    func joined(participant: String, name: String, address: UInt64?, time: MonotonicTime) {
        recorder.joined(participant: participant, name: name, address: address)
    }

    func left(participant: String, reason: String) { recorder.left(participant: participant, reason: reason) }

    func away(participant: String, time: MonotonicTime) {
        recorder.away(participant: participant, time: time)
    }

    func returned(participant: String, time: MonotonicTime) {
        recorder.returned(participant: participant, time: time)
    }

    func trackAdded(_ track: TrackID, participant: String, description: TrackDescription) {
        recorder.trackAdded(track.rawValue, participant: participant, description: description)
    }

    func packet(_ track: TrackID, _ packet: Packet, sequence: UInt32) {
        recorder.packet(track.rawValue, packet, sequence: sequence)
    }

    func trackRemoved(_ track: TrackID) { recorder.trackRemoved(track.rawValue) }

    func clock(_ track: TrackID, pts: Int64, serverTime: Int64) {
        recorder.clock(track.rawValue, pts: pts, serverTime: serverTime)
    }

    func chat(participant: String, name: String, text: String, time: Int64) {
        recorder.chat(participant: participant, name: name, text: text, wall: time)
    }

    func record(_ action: RecordingAction, participant: String, name: String) {
        let wanted: MeetingRecorder.Action =
            switch action {
            case .start: .start
            case .stop: .stop
            case .pause: .pause
            }
        recorder.control(wanted, participant: participant, name: name)
    }

    func closed() { recorder.close() }
}

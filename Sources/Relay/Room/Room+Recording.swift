import NIOCore
import Wire

extension Room {
    /// Hands a participant's wish to the tap, which records; refuses it where there is none.
    func record(_ connection: ConnectionHandler, _ action: RecordingAction) {
        home.execute {
            guard let member = self.members[ObjectIdentifier(connection)] else { return }
            self.note("recording control", member.id, of: connection, ["action": "\(action.rawValue)"])
            if let tap = self.tap {
                tap.record(action, participant: member.id, name: member.name)
            } else {
                let error = WireError(
                    .recordingUnavailable,
                    "This server keeps no recordings. Set archive.record in its configuration.")
                self.tell(member.id, .refusal(error, fatal: false))
            }
        }
    }

    /// Takes effect at once when called on the home loop, so that a tap factory can set what the welcome says.
    func setRecording(_ state: RecordingState, reason: String?) {
        guard home.inEventLoop else { return home.execute { self.setRecording(state, reason: reason) } }
        guard !isOver else { return }
        recording = (state, reason)
        broadcast(.recording(state, reason: reason))
    }

    /// Tells one participant the state that everybody knows.
    func repeatRecording(to participant: String) {
        home.execute {
            self.tell(participant, .recording(self.recording.state, reason: self.recording.reason))
        }
    }

    /// Sends a message to one participant, after everything that was broadcast before.
    func tell(_ participant: String, _ message: ServerMessage) {
        guard home.inEventLoop else { return home.execute { self.tell(participant, message) } }
        guard let member = members.values.first(where: { $0.id == participant }) else { return }
        let connection = member.connection
        connection.loop.execute { connection.answer(message) }
    }
}

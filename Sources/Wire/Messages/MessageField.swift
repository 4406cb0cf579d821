/// The names of all fields of control messages.
enum MessageField: String, CodingKey {
    case type
    case protocolVersion = "protocol"
    case room, name, ref, track, tracks, participant, description
    case kind, codec, timeBase, width, height, frameRate, sampleRate, channels, source, codecConfiguration
    case of, maximumHeight, layers
    case pts, time, server, muted, text, from, reason, count, state, action
    case code, message, fatal
    case resume, resumeSeconds, retryAfterMilliseconds
    case limits, recording, frameBytes, controlBytes, chatBytes, idleSeconds, publishBitrate
}

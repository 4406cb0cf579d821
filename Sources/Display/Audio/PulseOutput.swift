import CPulse
import CSDL
import Media

/// The sound output of a PulseAudio server, or of PipeWire in its place. The server keeps a buffer whose length adapts (see
/// ``OutputBufferLength``), and says when it ran dry and when what is written now will be heard.
///
/// A server that goes away is looked for every second.
final class PulseOutput: @unchecked Sendable {
    // SAFETY: everything mutable is touched only on the thread of `loop`, or by the one thread that makes and stops this
    // object, while it holds the loop's lock or the loop does not run.

    private enum Opening {
        case waiting
        case open
        case refused
    }

    /// What the server should ask for at a time, nanoseconds.
    private static let request: Int64 = 5_000_000
    /// Bytes that are mixed at a time: 10 ms, so that each piece is mixed shortly before its time.
    private static let pieceInBytes = AudioOutput.rate / 100 * frameInBytes
    private static let frameInBytes = AudioOutput.channels * MemoryLayout<Float>.size
    private static let retryInterval = 1

    private let loop: OpaquePointer
    private let callback: AudioCallback
    private let counters: AudioOutputCounters
    private var context: OpaquePointer?
    private var stream: OpaquePointer?
    private var retry: OpaquePointer?
    private var opening = Opening.waiting
    private var length = OutputBufferLength(at: MediaClock.system.now())
    private var isUrgent = false

    /// Connects to the server and starts to play; `nil` where none answers.
    init?(_ callback: AudioCallback, _ counters: AudioOutputCounters) {
        guard let loop = pa_threaded_mainloop_new() else { return nil }
        self.loop = loop
        self.callback = callback
        self.counters = counters
        pa_threaded_mainloop_set_name(loop, "sound")
        guard pa_threaded_mainloop_start(loop) == 0 else {
            pa_threaded_mainloop_free(loop)
            return nil
        }
        pa_threaded_mainloop_lock(loop)
        connect()
        while opening == .waiting { pa_threaded_mainloop_wait(loop) }
        let isOpen = opening == .open
        pa_threaded_mainloop_unlock(loop)
        guard isOpen else {
            stop()
            return nil
        }
    }

    /// Stops playing and disconnects; once. When it returns, no more sound is asked for.
    func stop() {
        pa_threaded_mainloop_stop(loop)
        disconnect()
        if let retry { pa_threaded_mainloop_get_api(loop).pointee.time_free(retry) }
        pa_threaded_mainloop_free(loop)
    }

    // MARK: connecting, on the loop's thread or while its lock is held

    // SAFETY: libpulse calls with this pointer only until `stop()`, which whoever holds this object calls before letting go
    // of it.
    private var opaque: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    private static func output(_ opaque: UnsafeMutableRawPointer?) -> PulseOutput? {
        opaque.map { Unmanaged<PulseOutput>.fromOpaque($0).takeUnretainedValue() }
    }

    private func connect() {
        context = pa_context_new(pa_threaded_mainloop_get_api(loop), "Convene")
        guard let context else { return connectLater() }
        pa_context_set_state_callback(context, { PulseOutput.output($1)?.contextChanged() }, opaque)
        if pa_context_connect(context, nil, PA_CONTEXT_NOFLAGS, nil) < 0 { connectLater() }
    }

    private func contextChanged() {
        guard let context else { return }
        switch pa_context_get_state(context) {
        case PA_CONTEXT_READY: openStream(in: context)
        case PA_CONTEXT_FAILED, PA_CONTEXT_TERMINATED: connectLater()
        default: break
        }
    }

    private func openStream(in context: OpaquePointer) {
        var format = pa_sample_spec(
            format: convene_pulse_float, rate: UInt32(AudioOutput.rate), channels: UInt8(AudioOutput.channels)
        )
        stream = pa_stream_new(context, "Meeting", &format, nil)
        guard let stream else { return connectLater() }
        pa_stream_set_state_callback(stream, { PulseOutput.output($1)?.streamChanged() }, opaque)
        pa_stream_set_write_callback(stream, { PulseOutput.output($2)?.write(Int($1)) }, opaque)
        pa_stream_set_underflow_callback(stream, { PulseOutput.output($1)?.ranDry() }, opaque)
        let flags =
            PA_STREAM_ADJUST_LATENCY.rawValue | PA_STREAM_AUTO_TIMING_UPDATE.rawValue
            | PA_STREAM_INTERPOLATE_TIMING.rawValue
        var attributes = attributes
        callback.startAgain()
        counters.set(buffer: length.length)
        let code = pa_stream_connect_playback(
            stream, nil, &attributes, pa_stream_flags_t(rawValue: flags), nil, nil)
        if code < 0 { connectLater() }
    }

    private func streamChanged() {
        guard let stream else { return }
        switch pa_stream_get_state(stream) {
        case PA_STREAM_READY:
            opening = .open
            pa_threaded_mainloop_signal(loop, 0)
        case PA_STREAM_FAILED, PA_STREAM_TERMINATED: connectLater()
        default: break
        }
    }

    /// The connection is gone, or was never made: the first time that is a refusal.
    private func connectLater() {
        disconnect()
        guard opening == .open else {
            opening = .refused
            return pa_threaded_mainloop_signal(loop, 0)
        }
        let api = pa_threaded_mainloop_get_api(loop)
        var time = timeval()
        pa_gettimeofday(&time)
        time.tv_sec += Self.retryInterval
        if let retry { api?.pointee.time_free(retry) }
        retry = api?.pointee.time_new(api, &time, { PulseOutput.output($3)?.connectAgain() }, opaque)
    }

    private func connectAgain() {
        if let retry { pa_threaded_mainloop_get_api(loop).pointee.time_free(retry) }
        retry = nil
        connect()
    }

    private func disconnect() {
        if let stream {
            pa_stream_set_state_callback(stream, nil, nil)
            pa_stream_set_write_callback(stream, nil, nil)
            pa_stream_set_underflow_callback(stream, nil, nil)
            pa_stream_disconnect(stream)
            pa_stream_unref(stream)
        }
        stream = nil
        if let context {
            pa_context_set_state_callback(context, nil, nil)
            pa_context_disconnect(context)
            pa_context_unref(context)
        }
        context = nil
    }

    // MARK: playing, on the loop's thread

    /// How the server should keep the sound. It takes about half of the length to the card, and keeps the rest.
    private var attributes: pa_buffer_attr {
        pa_buffer_attr(
            maxlength: convene_pulse_default, tlength: Self.bytes(length.length),
            prebuf: convene_pulse_default, minreq: Self.bytes(Self.request), fragsize: convene_pulse_default)
    }

    private static func bytes(_ nanoseconds: Int64) -> UInt32 {
        UInt32(nanoseconds / 1_000 * Int64(AudioOutput.rate) / 1_000_000) * UInt32(frameInBytes)
    }

    private func write(_ wanted: Int) {
        if !isUrgent {
            isUrgent = true
            // Where the system does not allow it, the buffer grows instead.
            SDL_SetThreadPriority(SDL_THREAD_PRIORITY_TIME_CRITICAL)
        }
        guard let stream else { return }
        var left = wanted / Self.frameInBytes * Self.frameInBytes
        while left > 0 {
            var memory: UnsafeMutableRawPointer?
            var size = min(left, Self.pieceInBytes)
            guard pa_stream_begin_write(stream, &memory, &size) == 0, let memory else { return }
            let bytes = min(size, left) / Self.frameInBytes * Self.frameInBytes
            guard bytes > 0 else { return }
            // SAFETY: the memory is lent until it is written, holds `size` bytes and is aligned for floats.
            let samples = UnsafeMutableRawBufferPointer(start: memory, count: bytes).bindMemory(
                to: Float.self)
            callback.fill(samples, latency: latency(of: stream))
            guard pa_stream_write(stream, memory, bytes, nil, 0, PA_SEEK_RELATIVE) == 0 else { return }
            left -= bytes
        }
        if length.review(at: MediaClock.system.now()) { adapt() }
    }

    /// Nanoseconds until what is written now is heard.
    private func latency(of stream: OpaquePointer) -> Int64 {
        var microseconds: pa_usec_t = 0
        var isNegative: Int32 = 0
        // Until the server has said it once, it is what was asked for.
        guard pa_stream_get_latency(stream, &microseconds, &isNegative) == 0 else { return length.length }
        return isNegative != 0 ? 0 : Int64(clamping: microseconds) &* 1_000
    }

    private func ranDry() {
        counters.ranDry()
        callback.startAgain()
        if length.ranDry(at: MediaClock.system.now()) { adapt() }
    }

    private func adapt() {
        guard let stream else { return }
        var attributes = attributes
        if let operation = pa_stream_set_buffer_attr(stream, &attributes, nil, nil) {
            pa_operation_unref(operation)
        }
        counters.set(buffer: length.length)
    }
}

import Glibc

/// How strong sound is.
public enum SoundLevel {
    /// The level of digital silence and of everything below, dB.
    public static let silence: Float = -127

    /// The level of interleaved samples, dB relative to the overload point: 0 for a square wave of full scale.
    public static func decibels(_ samples: some Collection<Float>) -> Float {
        guard !samples.isEmpty else { return silence }
        return decibels(power: samples.reduce(0) { $0 + $1 * $1 } / Float(samples.count))
    }

    /// The level of sound with that mean square.
    static func decibels(power: Float) -> Float {
        guard power > 0, power.isFinite else { return silence }
        return min(max(10 * log10f(power), silence), 0)
    }

    /// A level as packets carry it: 0 is the loudest, 127 is silence (RFC 6464 §3, −dBov).
    public static func headerValue(_ decibels: Float) -> UInt8 {
        guard decibels.isFinite else { return 127 }
        return UInt8(min(max(-decibels.rounded(), 0), 127))
    }
}

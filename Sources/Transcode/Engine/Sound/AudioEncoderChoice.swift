import LibAV

/// Which encoder makes a rendition's sound.
enum AudioEncoderChoice {
    private static let bitsPerChannel = 64_000
    private static let usualChannels = 2

    private static func encoder(_ codec: AudioCodecName) -> String {
        switch codec {
        case .aac: "aac"
        case .opus: "libopus"
        }
    }

    /// Whether an encoder for the format is installed.
    static func isInstalled(_ codec: AudioCodecName) -> Bool { EncoderContext.isInstalled(encoder(codec)) }

    /// The encoder's settings for sound with the source's rate and channels.
    /// - Throws: ``TranscodeError/noEncoder(codec:)``.
    static func make(
        _ settings: AudioSettings, sampleRate: Int, channels: Int, isBitExact: Bool
    ) throws(TranscodeError) -> AudioEncoderSettings {
        guard isInstalled(settings.codec) else { throw .noEncoder(codec: settings.codec.rawValue) }
        let name = encoder(settings.codec)
        let wanted = settings.channels ?? min(channels, usualChannels)
        return AudioEncoderSettings(
            encoder: name,
            sampleRate: EncoderContext.sampleRate(nearest: settings.sampleRate ?? sampleRate, encoder: name),
            channels: wanted, bitRate: settings.bitRate ?? bitsPerChannel * wanted,
            options: ["flags": "+global_header" + (isBitExact ? "+bitexact" : "")])
    }
}

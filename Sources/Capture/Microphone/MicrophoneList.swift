internal import Glibc
internal import LibAV

/// Finds the microphones of this machine.
package enum MicrophoneList {
    /// PulseAudio's sources where its server runs, its default first; then ALSA's cards.
    package static func current() -> [MicrophoneDescription] {
        var microphones: [MicrophoneDescription] = []
        if MicrophoneName.hasPulseServer {
            let sources = InputDevice.list(format: "pulse")
            for source in sources.filter(\.isDefault) + sources.filter({ !$0.isDefault }) {
                microphones.append(
                    MicrophoneDescription(device: "pulse:\(source.name)", description: source.description))
            }
        }
        let devices = fileText("/proc/asound/pcm") ?? ""
        return microphones + parse(devices) { fileText("/proc/asound/card\($0)/id") }
    }

    /// The capture devices in the text of `/proc/asound/pcm`, a line each: `01-00: id : name : playback 1 :
    /// capture 1`.
    ///
    /// - Parameter cardID: the name of the card of that number; unlike the number it stays over a restart.
    package static func parse(_ text: String, cardID: (Int) -> String?) -> [MicrophoneDescription] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":").map { trimmed(String($0)) }
            guard fields.count >= 3, fields.contains(where: { $0.hasPrefix("capture") }) else { return nil }
            let numbers = fields[0].split(separator: "-").compactMap { Int($0) }
            guard numbers.count == 2 else { return nil }
            let id = cardID(numbers[0]).map(trimmed) ?? "\(numbers[0])"
            let name = fields[2].isEmpty ? fields[1] : fields[2]
            return MicrophoneDescription(
                device: "alsa:plughw:CARD=\(id),DEV=\(numbers[1])", description: "\(id): \(name)")
        }
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }

    private static func fileText(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

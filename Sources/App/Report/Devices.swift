import Capture
import FoundationEssentials

/// `convene devices`: what could be captured.
public enum Devices {
    /// Prints cameras and microphones.
    public static func run(json: Bool) throws {
        let list = DeviceList.current()
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Output.line(String(decoding: try encoder.encode(list), as: UTF8.self))
            return
        }
        if list.cameras.isEmpty { Output.line("No camera. `convene publish --test-pattern` needs none.") }
        for camera in list.cameras {
            Output.line("\(camera.path)  \(camera.card) (\(camera.driver), \(camera.bus))")
            if let problem = camera.problem { Output.line("    \(problem)") }
            for format in camera.formats { Output.line("    \(format.text)") }
            for control in camera.controls { Output.line("    \(control)") }
        }
        if list.microphones.isEmpty { Output.line("No microphone. `convene publish --tone` needs none.") }
        for microphone in list.microphones {
            Output.line("\(microphone.device)  \(microphone.description)")
        }
    }
}

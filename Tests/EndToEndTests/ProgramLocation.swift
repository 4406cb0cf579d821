import Foundation

/// Where the program and the project's scripts are.
enum ProgramLocation {
    /// Names the program in the tests' environment, where it is not beside the test bundle.
    static let variable = "CONVENE_PROGRAM"

    /// The program under test: what ``variable`` names, else `convene` in the folder of the test bundle.
    static func program() throws -> String {
        let path: String
        if let named = ProcessInfo.processInfo.environment[variable] {
            path = named
        } else {
            let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            path =
                URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("convene")
                .path
        }
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw HarnessError("No program at \(path). Build it (swift build -c release) or set \(variable).")
        }
        return path
    }

    /// A script of the project's `scripts` folder.
    static func script(_ name: String, source: String = #filePath) -> String {
        URL(fileURLWithPath: source).deletingLastPathComponent()
            .appendingPathComponent("../../scripts/\(name)").standardizedFileURL.path
    }

    /// A file of the project's `docs` folder.
    static func document(_ name: String, source: String = #filePath) -> String {
        URL(fileURLWithPath: source).deletingLastPathComponent()
            .appendingPathComponent("../../docs/\(name)").standardizedFileURL.path
    }
}

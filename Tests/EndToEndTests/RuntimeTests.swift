import Testing

extension EndToEnd {
    /// What the program needs of the machine that it runs on.
    @Suite struct RuntimeTests {
        @Test(.timeLimit(.minutes(1)))
        func programNeedsNoLibraryOfTheToolchain() async throws {
            let libraries = try await ChildProcess.run("/usr/bin/ldd", [ProgramLocation.program()])
            #expect(libraries.contains("libavcodec"), "\(libraries)")
            #expect(!libraries.contains("not found"), "\(libraries)")
            for name in ["libswift", "libFoundation", "libdispatch", "libBlocksRuntime", "/opt/"] {
                #expect(!libraries.contains(name), "\(libraries)")
            }
        }
    }
}

import App
import Testing

@Suite("Addresses to listen on")
struct EndpointTests {
    @Test(arguments: [
        ("127.0.0.1:0", "127.0.0.1", 0), ("localhost:7650", "localhost", 7650), ("[::1]:65535", "::1", 65535),
        (":80", "0.0.0.0", 80), ("[fe80::1%25lo]:1", "fe80::1%lo", 1), ("[fe80::1%lo]:1", "fe80::1%lo", 1),
    ])
    func hostAndPortAreTaken(text: String, host: String, port: Int) throws {
        let found = try Serve.endpoint(text, of: "--listen")
        #expect((found.host, found.port) == (host, port))
    }

    @Test(arguments: [
        "", "localhost", "host:", "host:port", "host:-1", "host:65536", "1.2.3.4:80:", "[::1%25]:80",
        "[x]:80",
    ])
    func everythingElseIsRefusedWithAnExample(text: String) throws {
        let error = try #require(throws: AppError.self) { _ = try Serve.endpoint(text, of: "--listen") }
        #expect(error.status == .usage)
        #expect(error.description.contains(text.isEmpty ? "HOST:PORT" : text), "\(error)")
    }
}

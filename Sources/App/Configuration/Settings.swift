/// Every key of the configuration. `docs/configuration.md` says what each does.
enum Settings {
    static let all: [Setting] = server + rooms + relay + archive + capture + encoding + log

    private static let server = [
        Setting(key: "server.host", kind: .text, standard: .text("0.0.0.0")),
        Setting(key: "server.port", kind: .integer(0...65535), standard: .integer(7650)),
        Setting(key: "server.threads", kind: .integer(0...256), standard: .integer(0)),
        Setting(key: "server.maximumConnections", kind: .integer(1...1_000_000), standard: .integer(4096)),
        Setting(
            key: "server.maximumConnectionsPerAddress", kind: .integer(0...1_000_000), standard: .integer(0)),
        Setting(key: "server.memoryBytes", kind: .bytes(0...1 << 50), standard: .integer(0)),
        Setting(key: "server.maximumRooms", kind: .integer(1...1_000_000), standard: .integer(1000)),
        Setting(
            key: "server.controlMessagesPerSecond", kind: .integer(10...100_000), standard: .integer(100)),
        Setting(key: "server.helloTimeoutSeconds", kind: .number(0.1...600), standard: .number(5)),
        Setting(key: "server.idleTimeoutSeconds", kind: .number(1...86400), standard: .number(30)),
        Setting(key: "server.drainSeconds", kind: .number(0...3600), standard: .number(0)),
        Setting(key: "server.metrics", kind: .text, standard: .text("")),
    ]
    private static let rooms = [
        Setting(key: "rooms.maximumParticipants", kind: .integer(1...100_000), standard: .integer(1000)),
        Setting(key: "rooms.maximumTracksPerParticipant", kind: .integer(1...64), standard: .integer(8)),
        Setting(key: "rooms.resumeSeconds", kind: .integer(0...3600), standard: .integer(30)),
        Setting(
            key: "rooms.maximumPublishBitrate", kind: .bitRate(0...100_000_000_000),
            standard: .integer(100_000_000)),
    ]
    private static let relay = [
        Setting(key: "relay.queueBytes", kind: .bytes(65536...1 << 30), standard: .integer(4_000_000)),
        Setting(key: "relay.queueMilliseconds", kind: .integer(50...60000), standard: .integer(1500)),
        Setting(key: "relay.slowConsumerSeconds", kind: .number(1...3600), standard: .number(10)),
        Setting(key: "relay.gopCacheBytes", kind: .bytes(0...1 << 30), standard: .integer(8_388_608)),
        Setting(key: "relay.gopCacheSeconds", kind: .number(0...600), standard: .number(10)),
        Setting(
            key: "relay.keyframeIntervalMilliseconds", kind: .integer(0...60000), standard: .integer(500)),
        Setting(key: "relay.tickMilliseconds", kind: .integer(0...1000), standard: .integer(5)),
    ]
    private static let archive = [
        Setting(key: "archive.record", kind: .flag, standard: .flag(true)),
        Setting(key: "archive.rooms", kind: .text, standard: .text("*")),
        Setting(key: "archive.path", kind: .filledText, standard: .text("archive")),
        Setting(key: "archive.fragmentMilliseconds", kind: .integer(50...1000), standard: .integer(500)),
        Setting(
            key: "archive.segmentBytes", kind: .bytes(1_000_000...1 << 40),
            standard: .integer(8_589_934_592)),
        Setting(
            key: "archive.queueBytes", kind: .bytes(1_000_000...1 << 34), standard: .integer(67_108_864)),
        Setting(key: "archive.preRollSeconds", kind: .number(0...600), standard: .number(10)),
        Setting(key: "archive.preRollBytes", kind: .bytes(0...1 << 34), standard: .integer(67_108_864)),
        Setting(key: "archive.warnBelow", kind: .bytes(0...1 << 50), standard: .integer(1_000_000_000)),
        Setting(key: "archive.stopBelow", kind: .bytes(0...1 << 50), standard: .integer(200_000_000)),
    ]
    private static let capture = [
        Setting(key: "capture.camera", kind: .text, standard: .text("")),
        Setting(key: "capture.microphone", kind: .text, standard: .text("")),
        Setting(key: "capture.size", kind: .text, standard: .text("1280x720")),
        Setting(key: "capture.rate", kind: .number(1...240), standard: .number(30)),
    ]
    private static let encoding = [
        Setting(
            key: "encoding.videoBitrate", kind: .bitRate(10_000...200_000_000), standard: .integer(2_500_000)),
        Setting(key: "encoding.audioBitrate", kind: .bitRate(6000...510_000), standard: .integer(48_000)),
        Setting(key: "encoding.keyframeSeconds", kind: .number(0.1...60), standard: .number(2)),
        Setting(
            key: "encoding.preset",
            kind: .choice([
                "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
                "veryslow",
            ]), standard: .text("veryfast")),
        Setting(key: "encoding.layers", kind: .integer(1...2), standard: .integer(1)),
    ]
    private static let log = [
        Setting(
            key: "log.level",
            kind: .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
            standard: .text("info"))
    ]
}

// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target of our own: warnings are errors, and existentials are spelled out.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Links Swift's runtime into the program, which then runs where no toolchain is installed. Only the link differs, so that the
/// tests, which share the build, keep the toolchain's shared libraries. The two libraries belong to FoundationEssentials.
let staticRuntime = LinkerSetting.unsafeFlags([
    "-static-stdlib", "-l_FoundationCShims", "-l_FoundationCollections",
])

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "convene",
    products: [.executable(name: "convene", targets: ["convene"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Without its JSON reader, which needs all of Foundation: 12 MB of every process. The file is read by us, checked.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // L0: system libraries and the vocabulary.
        .systemLibrary(name: "CFFmpeg"),
        .systemLibrary(name: "CV4L2"),
        .systemLibrary(name: "CPulse"),
        .systemLibrary(name: "CSDL"),
        .systemLibrary(name: "CPango"),
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CLinux"),
        .target(name: "Media", swiftSettings: strict),

        // L1
        .target(name: "LibAV", dependencies: ["Media", "CFFmpeg"], swiftSettings: strict),
        .target(name: "Wire", dependencies: ["Media", nioCore], swiftSettings: strict),
        .target(name: "Layout", swiftSettings: strict),
        .target(name: "Measure", dependencies: ["Media"], swiftSettings: strict),

        // L2
        .target(name: "Codec", dependencies: ["Media", "LibAV"], swiftSettings: strict),
        .target(name: "Container", dependencies: ["Media", "LibAV", "CLinux"], swiftSettings: strict),
        .target(
            name: "Capture", dependencies: ["Media", "Measure", "CV4L2", "LibAV"], swiftSettings: strict),
        .target(
            name: "Display", dependencies: ["Media", "Layout", "CPango", "CPulse", "CSDL"],
            swiftSettings: strict),
        .target(
            name: "Relay", dependencies: ["Media", "Wire", nioCore, nioPosix, logging],
            swiftSettings: strict),
        .target(
            name: "Client", dependencies: ["Media", "Wire", nioCore, nioPosix, logging],
            swiftSettings: strict),

        // L3
        .target(
            name: "Archive", dependencies: ["Media", "Container", logging, coreMetrics, "CSQLite"],
            swiftSettings: strict),

        .target(
            name: "Transcode", dependencies: ["Media", "LibAV", "Codec", "Container"], swiftSettings: strict),

        // L4
        .target(
            name: "Fixtures", dependencies: ["Media", "LibAV", "Container", "Transcode"],
            swiftSettings: strict),

        // L5, L6
        .target(
            name: "App",
            dependencies: [
                "Media", "LibAV", "Wire", "Layout", "Measure", "Codec", "Container", "Capture", "Display",
                "Relay", "Client", "Archive", "Transcode", "Fixtures", logging, lifecycle, unixSignals,
                configuration, coreMetrics, nioCore, nioPosix, nioHTTP1,
            ], swiftSettings: strict),
        .executableTarget(
            name: "convene", dependencies: ["App", argumentParser], swiftSettings: strict,
            linkerSettings: [staticRuntime]),

        // Measurements, run by hand.
        .executableTarget(
            name: "finalise-benchmark", dependencies: ["Media", "Container"], path: "Benchmarks/Finalise",
            swiftSettings: strict),

        // Tests. They see public and package declarations only, so they share the release build with the program.
        .target(
            name: "MediaTesting",
            dependencies: ["Media", "LibAV", "Measure", "Codec", "Container", "Capture"],
            path: "Tests/MediaTesting",
            swiftSettings: strict),
        .testTarget(name: "MediaTests", dependencies: ["Media", "MediaTesting"], swiftSettings: strict),
        .testTarget(
            name: "CodecTests",
            dependencies: ["Media", "LibAV", "Measure", "Codec", "MediaTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "ContainerTests", dependencies: ["Media", "Codec", "Container", "MediaTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "CaptureTests", dependencies: ["Capture", "Measure", "Media"], swiftSettings: strict),
        .testTarget(
            name: "DisplayTests", dependencies: ["Display", "Layout", "Media"], swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["Media", "Wire", nioCore], swiftSettings: strict),
        .testTarget(
            name: "RelayTests",
            dependencies: [
                "Media", "LibAV", "MediaTesting", "Wire", "Relay", "Client", nioCore, nioPosix, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ArchiveTests",
            dependencies: ["Media", "Codec", "Container", "Archive", "MediaTesting", logging, coreMetrics],
            swiftSettings: strict),
        .testTarget(
            name: "AppTests",
            dependencies: [
                "App", "Archive", "Display", "Layout", "Measure", "Media", "Wire", "MediaTesting",
                coreMetrics, nioCore, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TranscodeTests",
            dependencies: [
                "Media", "LibAV", "Codec", "Container", "Capture", "Transcode", "Fixtures", "MediaTesting",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Media", "Measure", "Codec", "Container", "Capture", "Archive", "MediaTesting", logging,
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

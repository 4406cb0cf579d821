// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target of our own: warnings are errors, and existentials are spelled out.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")

let package = Package(
    name: "convene",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // L0: system libraries and the vocabulary.
        .systemLibrary(name: "CFFmpeg"),
        .target(name: "Media", swiftSettings: strict),
        // L1
        .target(name: "LibAV", dependencies: ["Media", "CFFmpeg"], swiftSettings: strict),
        .target(name: "Wire", dependencies: ["Media", nioCore], swiftSettings: strict),
        // L2
        .target(name: "Codec", dependencies: ["Media", "LibAV"], swiftSettings: strict),
        .target(name: "Container", dependencies: ["Media", "LibAV"], swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["Media", "Wire", nioCore], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

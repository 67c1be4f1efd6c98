// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target of the package.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

extension Target.Dependency {
    static let argumentParser: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient: Self = .product(name: "AsyncHTTPClient", package: "async-http-client")
    static let collections: Self = .product(name: "DequeModule", package: "swift-collections")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras: Self = .product(name: "CryptoExtras", package: "swift-crypto")
    static let histogram: Self = .product(name: "Histogram", package: "hdrhistogram-swift")
    static let httpTypes: Self = .product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird: Self = .product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore: Self = .product(name: "HummingbirdCore", package: "hummingbird")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let nioCore: Self = .product(name: "NIOCore", package: "swift-nio")
    static let nioConcurrencyHelpers: Self = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
    static let nioEmbedded: Self = .product(name: "NIOEmbedded", package: "swift-nio")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let nioTLS: Self = .product(name: "NIOTLS", package: "swift-nio")
    static let nioSSL: Self = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let serviceLifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let systemPackage: Self = .product(name: "SystemPackage", package: "swift-system")
    static let unixSignals: Self = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let subprocess: Self = .product(name: "Subprocess", package: "swift-subprocess")
}

let package = Package(
    name: "mcpstore",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "MCPStore", targets: ["MCPStore"]),
        .executable(name: "mcpstore", targets: ["Command"]),
        .executable(name: "mcpstore-guardian", targets: ["Guardian"]),
        .executable(name: "toolserver", targets: ["ToolServer"]),
        .executable(name: "loadtest", targets: ["LoadTest"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // Libraries, from the bottom up: a target may use those above it in this list only.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
        .target(
            name: "MCPStoreRedis",
            dependencies: [
                "CHiredis", .nioCore, .nioPosix, .nioTLS, .nioSSL, .nioConcurrencyHelpers, .collections, .crypto, .logging,
            ]
        ),
        .target(name: "CGuardian"),
        .target(
            name: "MCPStoreProtocol",
            dependencies: [
                "CGuardian",
                .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .nioConcurrencyHelpers, .collections, .logging, .asyncHTTPClient,
                .subprocess, .systemPackage,
            ]
        ),
        .target(
            name: "MCPStoreQueue",
            dependencies: ["MCPStoreRedis", .nioCore, .nioConcurrencyHelpers, .collections, .crypto, .logging],
            resources: [.embedInCode("Scripts")]
        ),
        .target(
            name: "MCPStoreWorker",
            dependencies: [
                "MCPStoreQueue", "MCPStoreProtocol", .nioCore, .nioPosix, .collections, .crypto, .cryptoExtras, .logging,
                .serviceLifecycle,
            ]
        ),
        .target(
            name: "MCPStoreCoordinator",
            dependencies: [
                "MCPStoreQueue", "MCPStoreProtocol", "MCPStoreRedis", .nioCore, .nioConcurrencyHelpers, .collections, .logging,
                .serviceLifecycle,
            ]
        ),
        .target(
            name: "MCPStore",
            dependencies: [
                "MCPStoreWorker", "MCPStoreCoordinator", "MCPStoreQueue", "MCPStoreProtocol", "MCPStoreRedis", .nioCore,
                .nioPosix,
                .nioConcurrencyHelpers, .crypto, .logging,
            ]
        ),
        .target(
            name: "MCPStoreGateway",
            dependencies: [
                "MCPStore", "MCPStoreQueue", "MCPStoreProtocol", "MCPStoreRedis", .nioCore, .nioPosix, .nioConcurrencyHelpers,
                .logging,
                .serviceLifecycle, .hummingbird, .hummingbirdCore, .httpTypes, .asyncHTTPClient, .crypto, .cryptoExtras,
                .nioHTTP1,
                .nioSSL,
            ]
        ),
        // What you run.
        .target(
            name: "LocalProcess",
            dependencies: ["CGuardian", "MCPStoreProtocol", .nioConcurrencyHelpers, .subprocess, .systemPackage, .unixSignals],
            path: "cluster/LocalProcess"
        ),
        .executableTarget(
            name: "Command",
            dependencies: [
                "MCPStore", "MCPStoreGateway", "MCPStoreWorker", "MCPStoreCoordinator", "MCPStoreQueue", "MCPStoreProtocol",
                "MCPStoreRedis", "CGuardian", "LocalProcess", .nioCore, .nioPosix, .nioConcurrencyHelpers, .argumentParser,
                .crypto, .logging, .serviceLifecycle, .unixSignals,
            ],
            path: "cluster/Command"
        ),
        .executableTarget(name: "Guardian", dependencies: ["CGuardian"], path: "cluster/Guardian"),
        // What it looks like.
        .executableTarget(name: "HowToCook", dependencies: ["MCPStore"], path: "Examples/HowToCook"),
        .executableTarget(name: "Weather", dependencies: ["MCPStore"], path: "Examples/Weather"),
        // What measures it.
        .target(name: "LoadDriver", dependencies: [.histogram], path: "loadtest/LoadDriver"),
        .executableTarget(
            name: "ToolServer",
            dependencies: [.nioCore, .nioPosix, .nioHTTP1, .argumentParser],
            path: "loadtest/ToolServer"
        ),
        .executableTarget(
            name: "LoadTest",
            dependencies: [
                "MCPStore", "MCPStoreWorker", "MCPStoreQueue", "MCPStoreProtocol", "MCPStoreRedis", "LocalProcess", "LoadDriver",
                "CHiredis", .nioCore, .nioPosix,
                .nioConcurrencyHelpers, .argumentParser, .logging, .serviceLifecycle, .unixSignals,
            ],
            path: "loadtest/LoadTest"
        ),
        // What proves it.
        .target(
            name: "TestSupport",
            dependencies: ["CGuardian", "MCPStoreRedis", .nioCore, .nioPosix, .logging],
            path: "Tests/TestSupport",
            exclude: ["Peers/Scripts"]
        ),
        .executableTarget(
            name: "ChaosSuite",
            dependencies: [
                "MCPStore", "MCPStoreProtocol", "MCPStoreRedis", "TestSupport", "LoadDriver", "LocalProcess", .nioCore, .nioPosix,
                .argumentParser,
                .logging, .nioHTTP1, .asyncHTTPClient,
            ],
            path: "Tests/ChaosSuite"
        ),
        .testTarget(name: "ChaosSuiteTests", dependencies: ["ChaosSuite", "Command", "LoadDriver", "TestSupport"]),
        .testTarget(name: "MCPStoreRedisTests", dependencies: ["MCPStoreRedis", "TestSupport", .nioEmbedded]),
        .testTarget(
            name: "MCPStoreProtocolTests",
            dependencies: ["CGuardian", "MCPStoreProtocol", "TestSupport", .nioEmbedded, .nioHTTP1, .nioPosix, .nioSSL]
        ),
        .testTarget(name: "MCPStoreQueueTests", dependencies: ["MCPStoreQueue", "TestSupport"]),
        .testTarget(name: "LoadDriverTests", dependencies: ["LoadDriver"]),
        .testTarget(
            name: "ToolServerTests",
            dependencies: ["ToolServer", "TestSupport", .nioCore, .nioEmbedded, .nioHTTP1]
        ),
        .testTarget(
            name: "MCPStoreWorkerTests",
            dependencies: [
                "MCPStoreWorker", "MCPStoreQueue", "MCPStoreProtocol", .nioCore, .nioConcurrencyHelpers, .crypto, .cryptoExtras,
            ]
        ),
        .testTarget(
            name: "MCPStoreCoordinatorTests",
            dependencies: ["MCPStoreCoordinator", "MCPStoreQueue", "TestSupport", .nioPosix, .logging, .serviceLifecycle]
        ),
        .testTarget(
            name: "MCPStoreTests",
            dependencies: [
                "MCPStore", "MCPStoreQueue", "MCPStoreRedis", "MCPStoreWorker", "TestSupport", "Command", .argumentParser,
                .nioCore,
                .nioPosix, .nioConcurrencyHelpers, .logging,
            ]
        ),
        .testTarget(
            name: "MCPStoreGatewayTests",
            dependencies: [
                "MCPStoreGateway", "MCPStore", "MCPStoreQueue", "MCPStoreProtocol", "MCPStoreRedis", "TestSupport", "Command",
                "Guardian", "ToolServer", .nioCore, .nioPosix, .nioHTTP1, .nioConcurrencyHelpers, .logging, .serviceLifecycle,
                .asyncHTTPClient, .httpTypes, .crypto, .cryptoExtras, .nioSSL,
            ]
        ),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "MCPStore", "MCPStoreWorker", "MCPStoreCoordinator", "MCPStoreQueue", "MCPStoreProtocol", "MCPStoreRedis",
                "TestSupport", .nioCore, .nioHTTP1,
            ]
        ),
        .testTarget(
            name: "ClusterTests",
            dependencies: [
                "MCPStore", "MCPStoreQueue", "MCPStoreRedis", "TestSupport", "Command", "Guardian", "ToolServer", "LoadTest",
                "HowToCook", "Weather", "ChaosSuite", .crypto, .nioCore,
            ]
        ),
    ]
)

// The address sanitizer looks at what reads bytes of others, and at nothing else (Tests/sanitize).
if Context.environment["MCPSTORE_PARSERS_ONLY"] != nil {
    let parsers: Set = [
        "CHiredis", "MCPStoreRedis", "CGuardian", "MCPStoreProtocol", "MCPStoreQueue", "MCPStoreWorker", "MCPStoreCoordinator",
        "MCPStore", "TestSupport", "MCPStoreRedisTests", "MCPStoreProtocolTests", "FuzzTests",
    ]
    package.targets.removeAll { !parsers.contains($0.name) }
    package.products = []
}

for target in package.targets where target.type != .system && !["CGuardian", "Guardian"].contains(target.name) {
    target.swiftSettings = swiftSettings
}

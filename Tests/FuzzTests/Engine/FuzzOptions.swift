import Foundation

/// What `Tests/fuzz` asks for, in environment variables.
struct FuzzOptions: Sendable {
    var targets: [FuzzTarget]
    var seed: UInt64
    var limit: FuzzRun.Limit
    /// Where the minimised inputs go.
    var directory: String
    /// A file to try without a child, so that a crash shows where it is.
    var reproduced: String?

    /// `nil` where nobody asks.
    static let current: FuzzOptions? = {
        let variables = ProcessInfo.processInfo.environment
        guard let names = variables["MCPSTORE_FUZZ_TARGETS"] else { return nil }
        let targets = names == "all" ? FuzzTarget.all : names.split(separator: ",").compactMap { FuzzTarget.named(String($0)) }
        let seconds = variables["MCPSTORE_FUZZ_SECONDS"].flatMap { Double($0) }
        let iterations = variables["MCPSTORE_FUZZ_ITERATIONS"].flatMap { Int($0) }
        return FuzzOptions(
            targets: targets,
            seed: variables["MCPSTORE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1,
            limit: seconds.map { .time(.seconds($0)) } ?? .iterations(iterations ?? 2000),
            directory: variables["MCPSTORE_FUZZ_FINDINGS"] ?? FileManager.default.temporaryDirectory.path,
            reproduced: variables["MCPSTORE_FUZZ_INPUT"]
        )
    }()
}

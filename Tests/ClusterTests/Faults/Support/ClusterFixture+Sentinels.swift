import TestSupport

/// Runs `body` with a cluster of real processes that finds Redis through real Sentinels.
/// - Parameter query: of the URL, such as `?wait_replicas=2`.
func withSentinelCluster<R>(
    query: String = "",
    workers: Int = 2,
    _ body: (SentinelSetup, ClusterFixture) async throws -> R
) async throws -> R {
    var options = ClusterFixture.Options()
    options.workers = workers
    options.lease = "3s"
    await ClusterGate.shared.enter()
    do {
        let result = try await withSentinels { setup in
            try await withCluster(options, sentinels: (setup, query)) { try await body(setup, $0) }
        }
        await ClusterGate.shared.leave()
        return result
    } catch {
        await ClusterGate.shared.leave()
        throw error
    }
}

import TestSupport

/// Lets few clusters run at once: with twenty of them on two cores, leases of three seconds run out because nobody gets to
/// renew them, and a test of faults would see faults of its own making.
actor ClusterGate {
    static let shared = ClusterGate(permits: 4)

    private var permits: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(permits: Int) {
        self.permits = permits
    }

    func enter() async {
        if self.permits > 0 {
            self.permits -= 1
        } else {
            await withCheckedContinuation { self.waiting.append($0) }
        }
    }

    func leave() {
        if self.waiting.isEmpty { self.permits += 1 } else { self.waiting.removeFirst().resume() }
    }
}

/// A cluster for a test of faults: leases of three seconds, and few of these at once.
func withFaultyCluster<R>(
    coordinators: Int = 1,
    workers: Int = 2,
    appendOnly: Bool = false,
    workerArguments: [String] = [],
    environment: [String: String] = [:],
    _ body: (ClusterFixture) async throws -> R
) async throws -> R {
    var options = ClusterFixture.Options()
    options.coordinators = coordinators
    options.workers = workers
    options.lease = "3s"
    options.workerArguments = workerArguments
    options.environment = environment
    options.redis.appendOnly = appendOnly
    await ClusterGate.shared.enter()
    do {
        let result = try await withCluster(options, body)
        await ClusterGate.shared.leave()
        return result
    } catch {
        await ClusterGate.shared.leave()
        throw error
    }
}

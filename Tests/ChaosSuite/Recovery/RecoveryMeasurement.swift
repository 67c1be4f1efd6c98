import Foundation
import Glibc
import MCPStoreRedis
import TestSupport

/// Kills one worker under load and looks from outside how long Redis holds jobs for it.
struct RecoveryMeasurement: Sendable {
    var lease: Int
    /// Seconds of load before.
    var before: Int
    /// Calls a second of each caller.
    var rate: Double
    var seed: UInt64
    var keep = false

    /// How long after the kill others are watched, in microseconds.
    private static let watched = 10_000_000
    /// The service of which there is one host, which is killed.
    private static let alone = "alone"

    /// - Throws: ``ChaosError`` and others where it could not be measured.
    func run() async throws -> RecoveryResult {
        let folder = try TemporaryDirectory("recovery")
        let cluster = try await ChaosCluster(plan, directory: folder.path)
        let result: Result<RecoveryResult, any Error>
        do { result = .success(try await run(on: cluster)) } catch { result = .failure(error) }
        await Task {
            do { try await cluster.keepLogs() } catch { Console.note("the logs were not kept: \(error)") }
            await cluster.stop()
            cluster.redis.directory.remove()
        }.value
        if keep {
            let kept = "\(folder.path)-kept"
            try FileManager.default.copyItem(atPath: folder.path, toPath: kept)
            Console.note("ledgers and logs are in \(kept)")
        }
        folder.remove()
        return try result.get()
    }

    private var plan: ClusterPlan {
        var plan = ClusterPlan(seed: seed)
        plan.lease = lease
        plan.rate = rate
        plan.gateways = 0
        plan.callersOfGateways = 0
        plan.services = [
            .init(name: "everywhere", replicas: 3, concurrency: 16), .init(name: Self.alone, replicas: 1, concurrency: 16),
            .init(name: "beside", replicas: 1, concurrency: 16), .init(name: "elsewhere", replicas: 1, concurrency: 16),
        ]
        return plan
    }

    private func run(on cluster: ChaosCluster) async throws -> RecoveryResult {
        try await cluster.startServers()
        let hosts = try await hosts(in: cluster)
        guard let id = hosts[Self.alone]?.first, let slot = await cluster.slot(ofWorker: id),
            let victim = await cluster.member(.worker, slot)
        else { throw ChaosError("nobody knows who hosts \(Self.alone): \(hosts)") }
        let (own, others) = (
            hosts.keys.filter { hosts[$0]?.contains(id) == true }, hosts.keys.filter { hosts[$0]?.contains(id) == false }
        )
        guard !others.isEmpty else { throw ChaosError("\(victim.name) hosts all services: \(hosts)") }
        await cluster.setServices(own.sorted(), ofCaller: 0)
        await cluster.setServices(others.sorted(), ofCaller: 1)
        for caller in 0...1 { try await cluster.start(.caller, caller) }
        Console.note("lease \(lease) s: \(before) s of load before \(victim.name) is killed")
        try await Task.sleep(for: .seconds(before))

        let killed = Microseconds.now
        victim.process.signal(SIGKILL)
        let (jobs, recovered) = try await watch(id, own, cluster, since: killed)
        try await Task.sleep(for: .microseconds(max(0, killed + Self.watched + 2_000_000 - Microseconds.now)))
        let hanging = await cluster.endCallers()
        guard hanging.isEmpty else { throw ChaosError("did not end: \(hanging)") }
        var result = RecoveryResult(lease: lease, victim: victim.name, jobs: jobs, recovered: recovered)
        try await read(cluster, killed, into: &result)
        return result
    }

    /// Waits until Redis holds no job for a dead worker.
    ///
    /// - Returns: How many it had at first, and how long it took.
    private func watch(_ worker: String, _ services: [String], _ cluster: ChaosCluster, since killed: Int) async throws -> (
        Int, Int
    ) {
        let lanes = services.flatMap { ["\(plan.space):jobs:\($0)", "\(plan.space):jobs:\($0):batch"] }
        return try await cluster.withRedis { client in
            var first: Int?
            while true {
                var left = 0
                for lane in lanes {
                    do {
                        let reply = try await client.execute(RedisCommand("XPENDING", lane, "workers", "-", "+", "1000", worker))
                        left += reply.array?.count ?? 0
                    } catch {
                        // A lane that nobody has used.
                        guard (error as? RedisError)?.serverCode == "NOGROUP" else { throw error }
                    }
                }
                let now = Microseconds.now
                if first == nil { first = left }
                if left == 0 { return (first ?? 0, now - killed) }
                guard now < killed + 60_000_000 else {
                    throw ChaosError("\(left) jobs of \(worker) are still its own after a minute")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private func read(_ cluster: ChaosCluster, _ killed: Int, into result: inout RecoveryResult) async throws {
        for (name, _) in await cluster.ledgers {
            let calls = try CallerLedger(name: name, path: "\(cluster.directory)/ledgers/\(name)", wasKilled: false).calls.values
            guard !name.hasPrefix("caller-1.") else {
                for call in calls where call.submitted >= killed - Int(lease) * 1_000_000 {
                    guard let end = call.endings.first, end.at >= killed else { continue }
                    result.outcomes[end.outcome, default: 0] += 1
                }
                let fault = FaultSpan(name: "kill-worker", tolerance: .outcomes, from: killed, to: killed)
                result.served = Recovery.slowest(after: [fault], calls.filter { $0.call.service == Self.alone })?.time
                continue
            }
            for call in calls {
                guard let end = call.endings.first else { continue }
                let isAfter = call.submitted >= killed && call.submitted < killed + Self.watched
                if Judge.needs(end, call.call.intent) != nil, end.at >= killed {
                    result.errors.append("\(call.call.service) \(call.call.id) ended as \(end.outcome)")
                }
                guard end.outcome == "ok", call.call.intent == .answer else { continue }
                let time = max(0, end.at - call.submitted - call.call.milliseconds * 1000)
                // The first second is that of connections and first calls.
                if isAfter { result.after.append(time) }
                if end.at < killed, call.submitted > killed - max(before - 1, 1) * 1_000_000 { result.before.append(time) }
            }
        }
    }

    /// The workers that host each service.
    private func hosts(in cluster: ChaosCluster) async throws -> [String: [String]] {
        var hosts: [String: [String]] = [:]
        for service in plan.services { hosts[service.name] = try await cluster.hosts(of: service.name) }
        return hosts
    }
}

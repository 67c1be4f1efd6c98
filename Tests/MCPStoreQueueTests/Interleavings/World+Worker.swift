import MCPStoreRedis
import NIOCore
import Testing

@testable import MCPStoreQueue

/// A worker, as `RedisWorkQueue` does it.
extension World {
    static func read(_ worker: String, _ fate: Step.Fate = .heard) -> Step {
        Step("\(worker) reads", fate) { world in
            guard fate.arrives else { return }
            let jobs = try await world.read(worker)
            if fate == .heard { world.hands[worker, default: []] += jobs }
        }
    }

    /// What was written to a connection that was half open is done late, unless that connection was ended first.
    static func lateRead(_ worker: String) -> Step {
        Step("Redis does what was written to the old connection of \(worker)") { world in
            guard !world.cut.contains(worker) else { return }
            _ = try await world.read(worker)
        }
    }

    static func cut(_ worker: String) -> Step {
        Step("\(worker) ends its old connection") { $0.cut.insert(worker) }
    }

    private func read(_ worker: String) async throws -> [Delivery] {
        let command = RedisCommand("XREADGROUP", "GROUP", JobGroup.name, worker, "COUNT", "1", "STREAMS", lane.key, ">")
        // Without its group there is nothing to read: the service was removed.
        guard case .success(let reply) = await fixture.client.pipeline([command])[0] else { return [] }
        return reply.array?.first?.array?[1].array?.compactMap { JobFields.delivery($0, lane: lane) } ?? []
    }

    /// After a reconnect, and at every renewal: what is pending for it and unknown was never started.
    static func review(_ worker: String) -> Step {
        Step("\(worker) compares what is pending with what it runs") { world in
            guard !world.leaseless.contains(worker) else { return }
            let pending = await world.fixture.client.pipeline([
                RedisCommand("XPENDING", world.lane.key, JobGroup.name, "-", "+", "10", worker)
            ])
            guard case .success(let reply) = pending[0] else { return }
            let ids = reply.array?.compactMap { $0.array?.first?.string } ?? []
            let known = Set((world.hands[worker, default: []] + world.running[worker, default: []]).map(\.entry.description))
            for id in ids where !known.contains(id) {
                let entry = try await world.fixture.execute("XRANGE", world.lane.key, id, id)
                guard let first = entry.array?.first, let job = JobFields.delivery(first, lane: world.lane) else { continue }
                world.hands[worker, default: []].append(job)
            }
            // No longer its own: cancelled, and not settled by it.
            world.running[worker]?.removeAll { !ids.contains($0.entry.description) }
        }
    }

    /// Starts what it has, if its lease holds; else gives it back without counting an attempt.
    static func start(_ worker: String) -> Step {
        Step("\(worker) starts") { world in
            for delivery in world.hands[worker, default: []] {
                if world.leaseless.contains(worker) {
                    _ = try await world.giveBack(delivery)
                } else {
                    world.starts.append(worker)
                    world.running[worker, default: []].append(delivery)
                }
            }
            world.hands[worker] = []
        }
    }

    static func giveBack(_ worker: String, _ fate: Step.Fate = .heard) -> Step {
        Step("\(worker) gives back", fate) { world in
            guard fate.arrives else { return }
            for delivery in world.hands[worker, default: []] { _ = try await world.giveBack(delivery) }
            if fate == .heard { world.hands[worker] = [] }
        }
    }

    private func giveBack(_ delivery: Delivery) async throws -> Settlement.Result {
        let job = delivery.job
        return try await settle(Settlement(delivery, .move(reason: "drains", attempt: job.attempt, deaths: job.deaths)))
    }

    /// The answer is here. Without the reply it is sent again: whatever is in `running` is not confirmed.
    static func end(_ worker: String, _ fate: Step.Fate = .heard) -> Step {
        Step("\(worker) settles", fate) { world in
            guard fate.arrives else { return }
            for delivery in world.running[worker, default: []] {
                let settlement = Settlement(delivery, .end(world.answer(delivery, worker)))
                _ = try await world.settle(settlement)
                world.settled.append(settlement)
            }
            if fate == .heard { world.running[worker] = [] }
        }
    }

    func answer(_ delivery: Delivery, _ worker: String) -> Outcome {
        Outcome(
            kind: .ok,
            payload: ByteBuffer(string: "{}"),
            worker: worker,
            attempt: delivery.job.attempt,
            waited: 5,
            ran: 7,
            finished: delivery.job.submitted + 12
        )
    }

    /// At its tools the server died after the request was written: run again later, where that is allowed.
    static func delay(_ worker: String, due: Int = 1) -> Step {
        Step("\(worker) delays") { world in
            for delivery in world.running[worker, default: []] {
                let attempt = delivery.job.attempt + 1
                _ = try await world.settle(Settlement(delivery, .delay(reason: "later", attempt: attempt, deaths: 0, due: due)))
            }
            world.running[worker] = []
        }
    }

    /// Renews its lease. Where that is gone it cancels what may be run again elsewhere; other calls go on.
    static func renew(_ worker: String) -> Step {
        Step("\(worker) renews its lease") { world in
            let keys = [world.fixture.pool.leases, world.fixture.pool.worker(worker)]
            let reply = try await world.script(Scripts.workerRenew, keys, [.string(worker), 9000])
            guard reply.array?[0].integer == 0 else { return }
            world.leaseless.insert(worker)
            world.running[worker]?.removeAll(where: \.job.mayRunAgain)
        }
    }

    /// It is killed, and does nothing any more.
    static func die(_ worker: String) -> Step { Step("\(worker) dies") { $0.gone.insert(worker) } }

    /// What it does until nothing is left for it.
    func endWorker(_ worker: String) async throws {
        for _ in 0..<6 {
            try await run([Self.read(worker), Self.review(worker), Self.start(worker), Self.end(worker)])
            if try await fixture.left().entries == 0 { return }
        }
    }
}

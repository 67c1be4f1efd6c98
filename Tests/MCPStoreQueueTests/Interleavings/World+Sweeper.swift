import MCPStoreRedis
import NIOCore
import Testing

@testable import MCPStoreQueue

/// A leading coordinator, or one that still believes that it leads, as `WorkerRecovery` does it.
extension World {
    static func expire(_ sweeper: String, _ fate: Step.Fate = .heard) -> Step {
        Step("\(sweeper) takes leases away that ran out", fate) { world in
            guard fate.arrives else { return }
            let dead = try await world.pool.expireWorkers().dead
            world.leaseless.formUnion(dead)
            if fate == .heard { world.dead[sweeper] = dead }
        }
    }

    static func list(_ sweeper: String) -> Step {
        Step("\(sweeper) lists what the dead have") { world in
            world.found[sweeper] = []
            for worker in world.dead[sweeper, default: []] {
                world.found[sweeper]? += try await world.recovery.pending(of: worker, in: world.lane)
            }
        }
    }

    static func sweep(_ sweeper: String, _ fate: Step.Fate = .heard) -> Step {
        Step("\(sweeper) settles", fate) { world in
            guard fate.arrives, let worker = world.dead[sweeper]?.first else { return }
            let settlements = world.found[sweeper, default: []].map { delivery in
                let action = RecoveryDecision.action(
                    for: delivery,
                    worker: worker,
                    delivered: nil,
                    now: world.clock.now(),
                    maxDeaths: RecoveryDecision.maxDeaths
                )
                return Settlement(delivery, action)
            }
            _ = try await world.recovery.settle(settlements, in: world.fixture.space)
        }
    }

    static func forget(_ sweeper: String) -> Step {
        Step("\(sweeper) forgets the dead") { world in
            // Only when a list came back empty, as `WorkerRecovery.recover` does.
            for worker in world.dead[sweeper, default: []] {
                guard try await world.recovery.pending(of: worker, in: world.lane).isEmpty else { continue }
                _ = try await world.pool.forget(worker)
            }
        }
    }

    /// What the next leader does until nobody dead is left.
    func endSweeper(_ sweeper: String = "the next leader") async throws {
        for _ in 0..<4 {
            try await run([Self.expire(sweeper)])
            if dead[sweeper, default: []].isEmpty { return }
            try await run([Self.list(sweeper), Self.sweep(sweeper), Self.forget(sweeper)])
        }
    }
}

import Glibc
import LoadDriver

/// A worker crashes, with whatever it runs.
struct KillWorker: Fault {
    let name = "kill-worker"
    let part = FaultPart.processes
    let tolerance = Tolerance.outcomes
    let lengths = 200...2500

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        let slot = await cluster.pick(.worker, &random)
        try await cluster.kill(.worker, slot)
        return { try await cluster.start(.worker, slot) }
    }
}

/// The leading coordinator crashes; another one takes over.
struct KillCoordinator: Fault {
    let name = "kill-coordinator"
    let part = FaultPart.processes
    let tolerance = Tolerance.nothing
    let lengths = 500...4000

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        let slot = try await cluster.leader(&random)
        try await cluster.kill(.coordinator, slot)
        return { try await cluster.start(.coordinator, slot) }
    }
}

/// A caller crashes: its calls stay in the cluster, are run and counted.
struct KillCaller: Fault {
    let name = "kill-caller"
    let part = FaultPart.processes
    let tolerance = Tolerance.nothing
    let lengths = 200...1500

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        let slot = await cluster.pick(.caller, &random)
        try await cluster.kill(.caller, slot)
        return { try await cluster.start(.caller, slot) }
    }
}

/// A gateway crashes: the calls of its clients end without an answer, or are made again with the same key elsewhere.
struct KillGateway: Fault {
    let name = "kill-gateway"
    let part = FaultPart.processes
    let tolerance = Tolerance.nothing
    let outcomes: Set = ["disconnected"]
    let lengths = 200...2500

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        let slot = await cluster.pick(.gateway, &random)
        try await cluster.kill(.gateway, slot)
        return { try await cluster.start(.gateway, slot) }
    }
}

/// A gateway is told to leave, and answers what it has taken. A client that sends in the moment in which its idle connection is
/// closed cannot know whether it was heard.
struct DrainGateway: Fault {
    let name = "drain-gateway"
    let part = FaultPart.processes
    let tolerance = Tolerance.nothing
    let outcomes: Set = ["disconnected"]
    let lengths = 200...1500

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        let slot = await cluster.pick(.gateway, &random)
        try await cluster.drain(.gateway, slot)
        return { try await cluster.start(.gateway, slot) }
    }
}

/// An MCP server crashes; its worker starts it anew.
struct KillServer: Fault {
    let name = "kill-server"
    let part = FaultPart.processes
    let tolerance = Tolerance.outcomes
    let lengths = 100...500

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        let servers = try await cluster.servers()
        if let victim = servers.randomElement(using: &random) { Glibc.kill(victim, SIGKILL) }
        return {}
    }
}

/// An MCP server stands still and then goes on.
struct StopServer: Fault {
    let name = "stop-server"
    let part = FaultPart.processes
    let tolerance = Tolerance.outcomes
    let lengths = 500...5000

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        let servers = try await cluster.servers()
        guard let victim = servers.randomElement(using: &random) else { return {} }
        Glibc.kill(victim, SIGSTOP)
        return { Glibc.kill(victim, SIGCONT) }
    }
}

/// A worker is frozen for longer than its lease and then goes on: a zombie, whose calls others have ended.
struct StopWorker: Fault {
    let name = "stop-worker"
    let part = FaultPart.processes
    let takesLeases = true
    let tolerance = Tolerance.outcomes
    let lengths = 3500...7000

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        let slot = await cluster.pick(.worker, &random)
        await cluster.signal(.worker, slot, SIGSTOP)
        return { await cluster.signal(.worker, slot, SIGCONT) }
    }
}

/// The leading coordinator is frozen for longer than its lease and then believes that it still leads.
struct StopCoordinator: Fault {
    let name = "stop-coordinator"
    let part = FaultPart.processes
    let tolerance = Tolerance.nothing
    let lengths = 3500...6000

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        let slot = try await cluster.leader(&random)
        await cluster.signal(.coordinator, slot, SIGSTOP)
        return { await cluster.signal(.coordinator, slot, SIGCONT) }
    }
}

/// All workers are replaced one after another by ones of another version, and the next time back again: nobody may notice, also while
/// both versions are there.
struct RollingRestart: Fault {
    let name = "rolling"
    let part = FaultPart.processes
    let tolerance = Tolerance.nothing
    let lengths = 100...500

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        for slot in 0..<(await cluster.count(.worker)) {
            try await cluster.drain(.worker, slot)
            await cluster.changeVersion(slot)
            try await cluster.start(.worker, slot)
            try await cluster.waitForHosts()
        }
        return {}
    }
}

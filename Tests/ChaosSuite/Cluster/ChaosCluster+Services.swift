import Foundation
import Glibc
import Logging
import MCPStore
import MCPStoreRedis
import TestSupport

extension ChaosCluster {
    /// Starts coordinators and workers, adds the services, waits until each has all its hosts, and starts the gateways.
    func startServers() async throws {
        for slot in 0..<plan.coordinators { try start(.coordinator, slot) }
        for slot in 0..<plan.workers { try start(.worker, slot) }
        try await addServices()
        try await waitForHosts()
        for slot in 0..<plan.gateways { try start(.gateway, slot) }
        for gateway in members(.gateway) {
            try await eventually("\(gateway.name) is ready", within: .seconds(60)) {
                gateway.process.output.contains("the gateway is ready")
            }
        }
    }

    /// Writes the services down in Redis, where another fault may be at work.
    nonisolated func addServices() async throws { try await patiently { try await writeServices() } }

    private nonisolated func writeServices() async throws {
        let options = RedisOptions(
            url: redis.url,
            namespace: plan.namespace,
            dataspace: "default",
            socketTimeout: .seconds(10),
            embedded: false
        )
        let store = try await MCPStore.setup(redis: options, logger: .quiet)
        for service in plan.services {
            let entry: JSONValue = [
                "command": .string(BuiltProduct.path(of: "toolserver")),
                "args": .array(arguments(of: service).map { .string($0) }),
                "env": ["CHAOS_RUN": .string(directory)],
                "replicas": .integer(service.replicas), "concurrency": .integer(service.concurrency), "placement": "cluster",
            ]
            try await store.forStore().addService(["mcpServers": [service.name: entry]], replacing: true)
        }
        await store.close()
    }

    private nonisolated func arguments(of service: ClusterPlan.Service) -> [String] {
        ["--orders", orders(of: service.name), "--record", record(of: service.name)] + service.manners
    }

    /// Where the tools of a service write down what they run.
    nonisolated func record(of service: String) -> String { "\(directory)/records/\(service)" }

    /// Starts the callers and waits until each was answered.
    func startCallers() async throws {
        for slot in 0..<plan.callers { try start(.caller, slot) }
        for caller in members(.caller) {
            try await eventually("the first answer to \(caller.name)", within: .seconds(60)) {
                guard caller.process.isRunning else { throw ChaosError("\(caller.name) has ended: \(caller.process.output)") }
                let path = "\(directory)/ledgers/\(caller.name)"
                guard FileManager.default.fileExists(atPath: path) else { return false }
                return try String(contentsOfFile: path, encoding: .utf8).contains("\ne ")
            }
        }
    }

    /// Waits until each service is ready on as many workers as it wants.
    nonisolated func waitForHosts() async throws {
        for service in plan.services {
            // Another fault may take a worker meanwhile.
            try await eventually("\(service.replicas) workers host \(service.name)", within: .seconds(90)) {
                try await hosts(of: service.name).count >= service.replicas
            }
        }
    }

    /// The ids of the workers on which a service is ready.
    nonisolated func hosts(of service: String) async throws -> [String] {
        let reply = try await ask(RedisCommand("HGETALL", "\(plan.space):services:\(service):state"))
        let words = reply.array?.compactMap(\.string) ?? []
        return stride(from: 0, to: words.count - 1, by: 2).filter {
            words[$0].hasPrefix("worker:") && words[$0 + 1].contains(#""status":"healthy""#)
        }.map { String(words[$0].dropFirst("worker:".count)) }
    }

    /// The MCP servers that run below the workers.
    func servers() throws -> [pid_t] {
        var found: [pid_t] = []
        for worker in members(.worker) where worker.process.isRunning {
            found += try ProcessTable.descendants(of: worker.process.processIdentifier).filter {
                ProcessTable.command(of: $0).hasPrefix(BuiltProduct.path(of: "toolserver"))
            }
        }
        return found.sorted()
    }

    /// Every process of this machine that a service of this run has started, directly or not, wherever it hangs now: the mark in
    /// the environment is inherited.
    nonisolated func allServers() throws -> [pid_t] {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
        let mark = Data("CHAOS_RUN=\(directory)".utf8)
        return names.compactMap { pid_t($0) }.filter { process in
            guard ProcessTable.isRunning(process) else { return false }
            let environment = FileManager.default.contents(atPath: "/proc/\(process)/environ")
            return environment?.range(of: mark) != nil || ProcessTable.command(of: process).contains("\(directory)/records/")
        }
    }
}

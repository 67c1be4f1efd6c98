import MCPStore

/// How workers are printed.
enum WorkerOutput {
    static func text(_ workers: [StoreStatus.WorkerInfo]) -> String {
        var table = Table("WORKER", "HOST", "PID", "RUNNING", "SPACES", "LABELS")
        for worker in workers {
            let labels = worker.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            table.add(
                worker.id + (worker.isDraining ? " (drains)" : ""),
                worker.host,
                "\(worker.process)",
                "\(worker.running) of \(worker.slots)",
                worker.spaces.joined(separator: " "),
                labels
            )
        }
        return table.isEmpty ? "no workers: start one with mcpstore worker" : table.text
    }

    static func json(_ worker: StoreStatus.WorkerInfo) -> JSONValue {
        [
            "id": .string(worker.id), "host": .string(worker.host), "pid": .integer(worker.process),
            "version": .string(worker.version), "spaces": JSONOutput.strings(worker.spaces),
            "labels": .object(worker.labels.mapValues { .string($0) }), "slots": .integer(worker.slots),
            "running": .integer(worker.running), "draining": .bool(worker.isDraining),
        ]
    }
}

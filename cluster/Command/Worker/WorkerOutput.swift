import MCPStore

/// How workers are printed for people.
extension WorkerOutput {
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
}

/// How workers are printed.
package enum WorkerOutput {
    /// For machines.
    package static func json(_ worker: StoreStatus.WorkerInfo) -> JSONValue {
        [
            "id": .string(worker.id), "host": .string(worker.host), "pid": .integer(worker.process),
            "version": .string(worker.version), "spaces": JSONOutput.strings(worker.spaces),
            "labels": .object(worker.labels.mapValues { .string($0) }), "slots": .integer(worker.slots),
            "running": .integer(worker.running), "draining": .bool(worker.isDraining),
        ]
    }
}

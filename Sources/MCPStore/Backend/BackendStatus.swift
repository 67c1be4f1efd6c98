import MCPStoreQueue

/// Who works, who leads, and how full the lanes are.
package struct BackendStatus: Sendable {
    package var workers: [WorkerRecord]
    package var coordinator: String?
    package var lanes: [LaneDepth]
}

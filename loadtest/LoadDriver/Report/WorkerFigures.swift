/// What the run cost the workers, all together.
package struct WorkerFigures: Codable, Sendable, Equatable {
    /// CPU time per answered call.
    package var cpuMicrosecondsPerCall: Double?
    /// Resident at the end.
    package var memoryBytes: Double?

    package init(cpuMicrosecondsPerCall: Double? = nil, memoryBytes: Double? = nil) {
        self.cpuMicrosecondsPerCall = cpuMicrosecondsPerCall
        self.memoryBytes = memoryBytes
    }
}

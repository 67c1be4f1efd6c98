/// The instructions of one operation of one piece of the hot path.
package struct InstructionCount: Sendable, Equatable {
    package var piece: String
    /// What one operation is, such as `job` or `entry`.
    package var operation: String
    /// What the count depends on, such as `release, Swift 6.3, x86_64`.
    package var environment: String
    package var instructions: Int

    package init(piece: String, operation: String, environment: String, instructions: Int) {
        self.piece = piece
        self.operation = operation
        self.environment = environment
        self.instructions = instructions
    }
}

import NIOCore

/// The answer of one call of a batch that was uploaded.
package struct UploadAnswer: Sendable {
    /// The place of the call among all of the batch, from 0.
    package var index: Int
    /// The line on which it stood, and what its caller calls it, in JSON.
    package var line: Int
    package var id: ByteBuffer
    /// The job's id.
    package var job: String
    package var outcome: Outcome
}

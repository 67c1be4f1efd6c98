import NIOCore

/// A call of a batch that is uploaded.
package struct UploadCall: Sendable {
    /// What becomes of it.
    package enum Fate: Sendable {
        /// It is queued. ``Job/queueLimit`` counts.
        case job(Job)
        /// It is answered at once: it is no call, or its service takes none.
        case answer(outcome: String, reason: ByteBuffer)
    }

    /// The line on which it stands, from 1 on.
    package var line: Int
    /// What its caller calls it, in JSON.
    package var id: ByteBuffer
    /// The call itself as a line of JSON, so that it can be asked again; empty where it is none.
    package var text: ByteBuffer
    package var fate: Fate

    package init(line: Int, id: ByteBuffer, text: ByteBuffer, fate: Fate) {
        self.line = line
        self.id = id
        self.text = text
        self.fate = fate
    }
}

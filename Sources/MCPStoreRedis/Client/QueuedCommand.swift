import NIOCore

/// A command on its way to the connection.
struct QueuedCommand: Sendable {
    /// What is to be done.
    enum Work: Sendable {
        case command(RedisCommand)
        /// An `EVALSHA`, to be sent again as `EVAL` if the server does not know the script.
        case script(RedisScript, RedisCommand)
        /// Writes nothing; done as soon as there is a connection.
        case untilConnected
    }

    /// Grows in the order of the queue.
    var id: UInt64
    var work: Work
    let start: NIODeadline
    let deadline: NIODeadline
    let sink: ReplySink
    /// The id under which the caller knows the command, where it was queued a second time.
    var callerID: UInt64?
    /// The script's name, where an `EVAL` is sent in place of an `EVALSHA`.
    var scriptName: String?

    /// What it takes of the bounded queue.
    var queuedBytes: Int {
        switch self.work {
        case .command(let command), .script(_, let command): command.encodedSize
        case .untilConnected: 0
        }
    }
}

/// A written command that waits for its reply.
struct InFlightCommand: Sendable {
    let id: UInt64
    let callerID: UInt64?
    let name: StaticString
    let wordCount: Int
    let bytesSent: Int
    let start: NIODeadline
    let deadline: NIODeadline
    /// Kept for scripts only: what to send again as `EVAL`.
    let script: (RedisScript, RedisCommand)?
    /// Where commands are logged: what the line shows.
    let shown: ShownCommand?
    let sink: ReplySink
}

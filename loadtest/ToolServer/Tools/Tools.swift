/// The tools of the server, in the order in which tools/list shows them.
enum Tools {
    static let all = [
        echo, add, big, sleep, progress,
        fail, protocolError, crash,
        recordReadOnly, recordIdempotent, recordDestructive,
        environment, pid, stderr,
    ]

    /// The longest that a tool waits: an hour, in milliseconds.
    static let longestWait = 3_600_000
}

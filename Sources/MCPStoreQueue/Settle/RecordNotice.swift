import MCPStoreRedis

/// Tells those who wait for the run of an idempotency key that it has ended.
///
/// Not a part of `settle.lua`: who waits is written in the record, and a script declares all its keys (invariant I5). After the
/// end nobody is added to the list, so whoever settled finds everybody there. A notice that is lost, or that an older version
/// of a worker does not send, is made good by the waiting callers, who look at the record once a second.
enum RecordNotice {
    static func send(_ job: Job, using client: RedisClient) {
        let keys = SpaceKeys(job.service.space)
        let record = keys.record(job.record)
        client.send(RedisCommand("HGET", record, "waiters")) { result in
            guard case .success(let reply) = result, let list = reply.string, !list.isEmpty else { return }
            let words = list.split(separator: " ").map(String.init)
            for index in stride(from: 0, to: words.count - 1, by: 2) {
                let notice = RedisCommand(
                    "XADD",
                    keys.inbox(words[index]),
                    "NOMKSTREAM",
                    "*",
                    "id",
                    words[index + 1],
                    "outcome",
                    "recorded",
                    "ref",
                    record
                )
                client.send(notice) { _ in }
            }
        }
    }
}

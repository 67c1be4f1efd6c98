import Logging
import MCPStoreRedis

extension RedisRecovery {
    /// Looks through a lane for jobs that nobody was given yet: see `waiting.lua`.
    ///
    /// - Parameters:
    ///   - after: ``WaitingPage/next`` of the page before; `nil` begins with the oldest.
    ///   - limit: Entries to look at; fewer where their parameters are large.
    ///   - now: Microseconds by Redis' clock: only jobs that waited for too long are named. `nil`: all.
    package func waiting(
        in lane: LaneID,
        after: String? = nil,
        looking limit: Int,
        overdueAt now: Int? = nil
    ) async throws(QueueError) -> WaitingPage {
        let arguments: [RedisArgument] = [
            .string(JobGroup.name), .string(after ?? ""), .int(limit), now.map { RedisArgument.int($0 / 1000) } ?? .string(""),
        ]
        let reply: RESPReply
        do {
            reply = try await client.evaluate(Scripts.waiting, keys: [lane.key], arguments: arguments)
        } catch {
            throw QueueError(error)
        }
        guard var elements = reply.array?.makeIterator(), let next = elements.next()?.string else {
            throw QueueError(.redis, "the script waiting answered with something unexpected")
        }
        var page = WaitingPage()
        page.next = next.isEmpty ? nil : next
        while let entry = elements.next() {
            if let delivery = JobFields.delivery(entry, lane: lane) {
                let isWanted = now.map { delivery.isOverdue(now: $0) } ?? true
                if isWanted { page.deliveries.append(delivery) }
            } else if let id = entry.array?.first?.string {
                page.strays.append(id)
            }
        }
        return page
    }

    /// Deletes entries that hold no job.
    package func delete(_ strays: [String], in lane: LaneID) async throws(QueueError) {
        guard !strays.isEmpty else { return }
        logger.warning(
            "entries of a job stream hold no job and are deleted",
            metadata: ["stream": "\(lane.key)", "entries": "\(strays.joined(separator: " "))"]
        )
        var command = RedisCommand("XDEL", argumentCapacity: strays.count * 32)
        command.append(lane.key)
        for stray in strays { command.append(stray) }
        do { _ = try await client.execute(command) } catch { throw QueueError(error) }
    }
}

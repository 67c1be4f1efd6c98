import Logging
import MCPStoreQueue
import MCPStoreRedis

/// Something that the leader does again and again for the length of its term. Made anew for each term, so that nothing is
/// remembered from an earlier one.
protocol Duty: Sendable {
    /// For logs.
    static var name: String { get }
    /// Rung when there is something to do before its time.
    var alarm: Alarm { get }
    /// Something happened in the pool. Called in order, from any thread; does no more than to remember and to ring.
    func notice(_ event: PoolEvent)
    /// The connection was lost, or its server is another: look at everything anew.
    func resync()
    /// Does what is due.
    ///
    /// - Returns: When to do it again at the latest, in microseconds since boot.
    func perform() async throws(QueueError) -> Int
}

extension Duty {
    /// Does it until the term is over or the task is cancelled.
    func run(_ office: OfficeContext) async {
        var failures = 0
        while office.term.isHeld, !Task.isCancelled {
            var next: Int
            do throws(QueueError) {
                next = try await perform()
                failures = 0
            } catch {
                guard office.term.isHeld, !Task.isCancelled else { return }
                failures += 1
                // While Redis is away the client says so, once; duties that fail for it have nothing to add.
                let level: Logger.Level = office.client.isConnected && (failures == 1 || failures % 60 == 0) ? .warning : .debug
                office.logger.log(
                    level,
                    "a duty of the leader failed, it is done again",
                    [.duty: Self.name, .error: error.message]
                )
                resync()
                next = ServerClock.boot() + 1_000_000
                await office.sleep(until: next)
                continue
            }
            await alarm.wait(until: next)
        }
    }
}

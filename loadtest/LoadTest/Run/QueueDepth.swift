import LoadDriver
import Synchronization

/// How many calls wait in lanes, asked for once a second on a thread and a connection of its own: the threads that make calls
/// must not wait for it.
final class QueueDepth: Sendable {
    private static let interval: UInt64 = 1_000_000_000

    private let lanes: [String]
    private let connection: Mutex<HiredisConnection>
    private let time = DispatchTimeSource()
    private let timer = Mutex<(any LoadTimer)?>(nil)

    init(lanes: [String], connection: sending HiredisConnection) {
        self.lanes = lanes
        self.connection = Mutex(connection)
    }

    /// - Parameter show: Gets the number of entries, until ``stop()`` or the end of the connection: the run itself says what is
    ///   wrong with Redis.
    func follow(_ show: @escaping @Sendable (Int) -> Void) {
        let timer = time.timer("loadtest.depth") { [weak self] in
            guard let self else { return }
            do { show(try read()) } catch { return }
            self.timer.withLock { $0?.arm(at: self.time.now() + Self.interval) }
        }
        self.timer.withLock { $0 = timer }
        timer.arm(at: time.now())
    }

    func stop() {
        timer.withLock { timer in
            timer?.cancel()
            timer = nil
        }
    }

    /// The entries of all lanes now.
    ///
    /// - Throws: ``FloorError`` where Redis does not answer.
    func read() throws -> Int {
        try connection.withLock { connection in
            var line = FloorCommandLine()
            for lane in lanes {
                line.clear()
                line.add("XLEN")
                line.add(Array(lane.utf8))
                connection.append(&line)
            }
            return try lanes.reduce(0) { sum, _ in sum + (try connection.reply().value.integer) }
        }
    }
}

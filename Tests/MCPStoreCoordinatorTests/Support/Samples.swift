import MCPStoreQueue
import NIOCore

@testable import MCPStoreCoordinator

/// Values for tests without a Redis.
enum Samples {
    static func space(_ name: String = "tenant:main") throws -> Space {
        guard let space = Space(name) else { throw QueueError(.invalidName, name) }
        return space
    }

    static func service(_ name: String, in space: String = "tenant:main") throws -> ServiceID {
        ServiceID(space: try Self.space(space), name: name)
    }

    static func requests(_ count: Int, replicas: Int = 1, labels: [String: String] = [:]) throws -> [PlacementRequest] {
        try (0..<count).map { PlacementRequest(service: try service("s\($0)"), replicas: replicas, labels: labels) }
    }

    static func worker(_ id: String, spaces: [String] = ["*:*"], labels: [String: String] = [:], draining: Bool = false) throws
        -> WorkerRecord
    {
        var worker = WorkerRecord(id: id)
        worker.spaces = try spaces.map { try SpacePattern($0) }
        worker.labels = labels
        worker.isDraining = draining
        return worker
    }

    static func workers(_ count: Int) throws -> [WorkerRecord] { try (0..<count).map { try worker("w-\($0)") } }

    /// A job that was queued at 1,000,000 ms by Redis' clock.
    static func delivery(again: Bool, attempt: Int = 1, deaths: Int = 0, timeout: Int = 60_000) throws -> Delivery {
        let job = Job(
            id: "j",
            service: try service("s"),
            name: "echo",
            parameters: ByteBuffer(),
            inbox: "caller",
            timeout: timeout,
            attempt: attempt,
            deaths: deaths,
            mayRunAgain: again
        )
        return Delivery(job: job, entry: EntryID("1000000-0"))
    }
}

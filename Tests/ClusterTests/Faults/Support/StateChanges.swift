import MCPStoreRedis
import TestSupport

/// The states that a service goes through, as Redis shows them from a moment on.
struct StateChanges: Sendable {
    struct State: Sendable, CustomStringConvertible {
        let status: String
        let reason: String
        let error: String
        let stderr: String

        var description: String { "\(self.status): \(self.reason) [\(self.error)] \(self.stderr)" }
    }

    private let cluster: ClusterFixture
    private let service: String

    init(of service: String, in cluster: ClusterFixture) {
        self.cluster = cluster
        self.service = service
    }

    /// The first state that `fits`, which may be the one of now.
    func next(within deadline: Duration = .seconds(30), _ fits: (State) -> Bool) async throws -> State {
        var last: State?
        do {
            return try await self.cluster.withRedis { client in
                try await eventually("a state of \(self.service)", within: deadline) {
                    let key = "\(self.cluster.space):services:\(self.service):state"
                    let reply = try await client.execute(RedisCommand("HMGET", key, "status", "reason", "error", "stderr"))
                    let fields = reply.array?.map { $0.string ?? "" } ?? []
                    guard fields.count == 4 else { return nil }
                    let state = State(status: fields[0], reason: fields[1], error: fields[2], stderr: fields[3])
                    last = state
                    return fits(state) ? state : nil
                }
            }
        } catch let error as NotInTime {
            throw NotInTime(description: "\(error); the last was \(last.map(String.init(describing:)) ?? "none")")
        }
    }
}

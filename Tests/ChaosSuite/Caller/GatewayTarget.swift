import AsyncHTTPClient
import Foundation
import Glibc
import MCPStore
import NIOCore
import NIOHTTP1
import NIOPosix

/// Calls through the REST API of several gateways in turn, as a client behind a load balancer does: one that does not listen, or says
/// that it goes away, is left for the next. A call whose connection breaks is made again only if it has a key; without one nobody
/// knows what came of it, which ends it as `disconnected`.
struct GatewayTarget: CallTarget {
    /// What a gateway answers before it has given anything to the cluster.
    private static let passing: Set = ["closed", "notReady"]
    private static let outcomes: Set = ["timedOut", "cancelled", "interrupted", "unavailable", "protocolError"]

    private let roots: [String]
    private let client: HTTPClient

    /// - Parameter roots: `http://127.0.0.1:8080/api/v1/NAMESPACE/DATASPACE` of each gateway.
    init(_ roots: [String]) {
        self.roots = roots
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1000
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async {
        // All calls are over: only a connection that cannot be closed is left, and this process ends.
        do { try await client.shutdown() } catch { Console.note("the HTTP client was not closed: \(error)") }
    }

    func answer(_ call: PlannedCall, timeout: Duration) async -> Ending {
        let deadline = ContinuousClock.now + timeout + .seconds(20)
        var turn = Int(Digest.of(call.id) % UInt64(roots.count))
        var (refusals, outcome) = (0, "notAccepted")
        while true {
            turn = (turn + 1) % roots.count
            do {
                let ending = try await ask(roots[turn], call, timeout)
                guard Self.passing.contains(ending.outcome), !ending.isOutcome else { return ending }
                refusals += 1
            } catch {
                if Task.isCancelled { return end(call, "cancelled") }
                let failure = error as? HTTPClientError
                if error is NIOConnectionError || failure == .connectTimeout || (error as? IOError)?.errnoCode == ECONNREFUSED {
                    refusals += 1
                } else if failure == .deadlineExceeded {
                    return end(call, "unknown")
                } else {
                    outcome = "disconnected"
                    if call.key == nil { return end(call, outcome) }
                }
            }
            // Each was asked some times: there is none to ask.
            guard ContinuousClock.now < deadline, refusals < roots.count * 100 else { return end(call, outcome) }
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return end(call, "cancelled") }
        }
    }

    private func end(_ call: PlannedCall, _ outcome: String) -> Ending {
        Ending(id: call.id, isOutcome: false, outcome: outcome, at: Microseconds.now)
    }

    private func ask(_ root: String, _ call: PlannedCall, _ timeout: Duration) async throws -> Ending {
        let lane = call.isBatch ? "batch" : "interactive"
        let milliseconds = Int(timeout / .milliseconds(1))
        var request = HTTPClientRequest(
            url: "\(root)/tools/\(call.tool.rawValue)/call?service=\(call.service)&lane=\(lane)&timeout=\(milliseconds)ms"
        )
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        if let key = call.key { request.headers.add(name: "Idempotency-Key", value: key) }
        request.body = .bytes(ByteBuffer(string: call.arguments.description))
        let response = try await client.execute(request, timeout: TimeAmount(timeout) + .seconds(20))
        let body = Data(try await response.body.collect(upTo: 1 << 20).readableBytesView)
        if let outcome = response.headers.first(name: "Mcpstore-Outcome") {
            let text = try JSONDecoder().decode(Answer.self, from: body).content.first?.text ?? ""
            let attempt = response.headers.first(name: "Mcpstore-Attempt").flatMap { Int($0) } ?? 0
            return Ending(
                id: call.id,
                isOutcome: true,
                outcome: outcome,
                digest: Digest.of(text),
                attempt: attempt,
                at: Microseconds.now
            )
        }
        let problem = try JSONDecoder().decode(Refusal.self, from: body)
        return Ending(
            id: call.id,
            isOutcome: problem.job != nil && Self.outcomes.contains(problem.kind),
            outcome: problem.kind,
            attempt: problem.attempt ?? 0,
            at: Microseconds.now
        )
    }

    private struct Answer: Decodable {
        struct Part: Decodable { var text: String }
        var content: [Part]
    }

    private struct Refusal: Decodable {
        var kind: String
        var job: String?
        var attempt: Int?
    }
}

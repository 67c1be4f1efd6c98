import Foundation
import MCPStore
import NIOHTTP1
import TestSupport

extension LiveGateway {
    /// The REST API of the space.
    static let root = "/api/v1/default/default"

    /// A request of the REST API.
    func rest(_ method: HTTPMethod, _ path: String, _ headers: [(String, String)] = [], body: String? = nil) async throws
        -> Answer
    {
        let type = body == nil || headers.contains { $0.0 == "content-type" } ? [] : [("content-type", "application/json")]
        return try await send(method, "\(Self.root)/\(path)", headers + type, body: body)
    }

    /// The problem that a request of the REST API ends with.
    func problem(_ method: HTTPMethod, _ path: String, _ headers: [(String, String)] = [], body: String? = nil) async throws
        -> JSONValue
    {
        let answer = try await rest(method, path, headers, body: body)
        guard answer.type == "application/problem+json" else {
            throw PeerError("\(method) \(path) was answered with \(answer.status) \(answer.text)")
        }
        let problem = try answer.json()
        guard problem["status"] == .integer(answer.status) else {
            throw PeerError("the problem has another status than the answer, \(answer.status): \(problem)")
        }
        return problem
    }
}

/// A request of a table.
struct HTTPCase: Sendable {
    let method: HTTPMethod
    let path: String
    let body: String?

    init(_ method: HTTPMethod, _ path: String, _ body: String? = nil) {
        (self.method, self.path, self.body) = (method, path, body)
    }
}

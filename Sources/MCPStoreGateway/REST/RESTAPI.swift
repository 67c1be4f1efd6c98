import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import MCPStore
import MCPStoreQueue
import NIOCore

/// The REST API: `/api/v1/{namespace}/{dataspace}/…`, and the document that describes it.
struct RESTAPI: Sendable {
    static let root = "/api/v1"
    static let operations: [RESTOperation] =
        serviceOperations + toolOperations + jobOperations + batchOperations + deadOperations + clusterOperations

    let spaces: SpaceDirectory
    let connections: ClientConnections
    /// "Closed" when the gateway begins to drain.
    let draining: ClientConnection
    /// `nil`: nobody is limited.
    let limits: RequestLimits?
    /// The most bytes of a body.
    let mostBytes: Int
    let follows = FollowPlaces()

    func add(to router: Router<GatewayContext>) {
        let document = OpenAPIDocument.make(Self.operations).buffer
        router.get("api/v1/openapi.json") { _, _ in RESTAnswer(raw: document).response }
        var methods: [String: [HTTPRequest.Method]] = [:]
        for operation in Self.operations {
            let path = RouterPath("\(Self.root)/{namespace}/{dataspace}/\(operation.path)")
            methods[operation.path, default: []].append(operation.method)
            router.on(path, method: operation.method) { request, context in
                try await answer(operation, request, context).response
            }
        }
        let all: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete]
        for (path, known) in methods {
            let allow = all.filter(known.contains).map(\.rawValue).joined(separator: ", ")
            for method in all where !known.contains(method) {
                router.on(RouterPath("\(Self.root)/{namespace}/{dataspace}/\(path)"), method: method) { _, _ -> Response in
                    throw Problem(405, "method", "there is no \(method.rawValue) here, but \(allow)", allow: allow)
                }
            }
        }
    }

    private func answer(
        _ operation: RESTOperation,
        _ request: Request,
        _ context: GatewayContext
    ) async throws -> RESTAnswer {
        let space = try Self.space(context)
        try context.principal.check(operation.role, in: space)
        // What follows as an event stream holds no place: there are bounds for connections.
        let permit = try await limits?.enter(context.principal, holds: true)
        defer { permit?.end() }
        let query = try RESTQuery(request.uri.query, operation)
        var variables: [String: String] = [:]
        for name in operation.variables {
            guard let value = context.parameters.get(name)?.removingPercentEncoding, !value.isEmpty else {
                throw Problem(404, "invalidName", "the path is not percent-encoded UTF-8")
            }
            variables[name] = value
        }
        let file = try Self.file(of: request, for: operation)
        let body = file == nil ? try await body(of: request, for: operation) : ByteBuffer()
        let lease = try await spaces.lease(space)
        let call = RESTCall(
            space: RESTSpace(lease: lease, principal: context.principal),
            variables: variables,
            query: query,
            body: body,
            file: file,
            idempotencyKey: try Self.idempotencyKey(request, operation),
            root: "\(Self.root)/\(space.namespace)/\(space.dataspace)",
            waiting: RESTWaiting(connection: connections.connection(of: context.channel), gateway: draining),
            follows: follows
        )
        return try await JobTrace.$current.withValue(JobTrace(request.headers)) { try await operation.handler(call) }
    }

    private static func space(_ context: GatewayContext) throws(Problem) -> Space {
        do throws(QueueError) {
            return try Space(
                namespace: context.parameters.get("namespace") ?? "",
                dataspace: context.parameters.get("dataspace") ?? ""
            )
        } catch {
            throw Problem(404, "invalidName", error.message)
        }
    }

    private static func idempotencyKey(_ request: Request, _ operation: RESTOperation) throws(Problem) -> String? {
        guard let key = request.headers[.idempotencyKey] else { return nil }
        guard operation.takesIdempotencyKey else {
            throw Problem(
                400,
                "invalidArguments",
                "'\(operation.id)' takes no Idempotency-Key: it may be repeated as it is, or not"
            )
        }
        // It is to stay within what a key may have with the id of a principal before it.
        guard (1...400).contains(key.utf8.count) else {
            throw Problem(400, "invalidArguments", "an Idempotency-Key must have from 1 to 400 bytes")
        }
        return key
    }

    /// The file that an operation reads piece by piece.
    private static func file(of request: Request, for operation: RESTOperation) throws(Problem) -> RESTFile? {
        guard let types = operation.body?.fileTypes else { return nil }
        let type = (request.headers[.contentType] ?? "").lowercased().prefix { $0 != ";" && $0 != " " }
        guard types.contains(String(type)) else {
            throw Problem(415, "contentType", "Content-Type must be \(types.joined(separator: " or "))")
        }
        let length = request.headers[.contentLength].flatMap { Int($0) }
        return RESTFile(request.body, type: String(type), length: length)
    }

    private func body(of request: Request, for operation: RESTOperation) async throws -> ByteBuffer {
        let body = try await MCPEndpoint.body(of: request, atMost: mostBytes)
        guard let expected = operation.body else {
            guard body.readableBytes == 0 else { throw Problem(400, "invalidBody", "'\(operation.id)' takes no body") }
            return body
        }
        if body.readableBytes == 0 {
            guard expected.isOptional else { throw Problem(400, "invalidBody", "the body is missing: \(expected.summary)") }
            return body
        }
        let type = (request.headers[.contentType] ?? "").lowercased().prefix { $0 != ";" && $0 != " " }
        guard type == "application/json" || (operation.method == .patch && type == "application/merge-patch+json") else {
            throw Problem(415, "contentType", "Content-Type must be application/json")
        }
        return body
    }
}

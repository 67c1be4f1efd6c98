import HTTPTypes
import MCPStore
import MCPStoreQueue

/// The OpenAPI 3.1 document of the REST API, made of its operations.
enum OpenAPIDocument {
    static func make(_ operations: [RESTOperation]) -> JSONValue {
        var paths = health
        for operation in operations {
            let path = "\(RESTAPI.root)/{namespace}/{dataspace}/\(operation.path)"
            var item = paths[path]?.objectValue ?? [:]
            item[operation.method.rawValue.lowercased()] = describe(operation)
            paths[path] = .object(item)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "MCPStore gateway", "version": .string(QueueVersion.current),
                "description":
                    "Services, tools, calls, jobs, batches and dead letters of a space. Errors are problem details (RFC 9457) with the member kind.",
            ],
            "paths": .object(paths),
            "components": [
                "securitySchemes": ["key": ["type": "http", "scheme": "bearer", "description": "A key of mcpstore key create."]],
                "schemas": ["Problem": problem],
            ],
            "security": [["key": []]],
        ]
    }

    private static func describe(_ operation: RESTOperation) -> JSONValue {
        let variables = ["namespace", "dataspace"] + operation.variables
        var parameters = variables.map { name -> JSONValue in
            ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string"]]
        }
        parameters += operation.query.map { parameter -> JSONValue in
            [
                "name": .string(parameter.name), "in": "query", "description": .string(parameter.summary),
                "schema": schema(parameter.kind),
            ]
        }
        if operation.takesIdempotencyKey {
            parameters.append([
                "name": "Idempotency-Key", "in": "header",
                "description":
                    "Calls of one tool with one key and the same arguments share one run and its outcome, for 24 hours. One that never started (unavailable) runs when it is sent again, and so does every one without an answer of a tool that may run again.",
                "schema": ["type": "string", "minLength": 1, "maxLength": 400],
            ])
        }
        let success: JSONValue = [
            "description": .string(operation.success.summary),
            "content": .object([operation.success.type: ["schema": [:]]]),
        ]
        let failure: JSONValue = [
            "description": "A problem.",
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
        ]
        var members: [String: JSONValue] = [
            "operationId": .string(operation.id), "summary": .string(operation.summary),
            "x-mcpstore-role": .string(operation.role.rawValue), "parameters": .array(parameters),
            "responses": .object([String(operation.success.status): success, "default": failure]),
        ]
        if let body = operation.body { members["requestBody"] = describe(body, operation) }
        return .object(members)
    }

    private static func describe(_ body: RESTOperation.Body, _ operation: RESTOperation) -> JSONValue {
        if let types = body.fileTypes {
            let content = Dictionary(uniqueKeysWithValues: types.map { ($0, ["schema": ["type": "string"]] as JSONValue) })
            return ["description": .string(body.summary), "required": true, "content": .object(content)]
        }
        let members = (body.required + body.optional).map { ($0.name, ["type": .string($0.type)] as JSONValue) }
        var schema: [String: JSONValue] = ["type": "object"]
        if !members.isEmpty { schema["properties"] = .object(Dictionary(uniqueKeysWithValues: members)) }
        if !body.required.isEmpty { schema["required"] = .array(body.required.map { .string($0.name) }) }
        let types = operation.method == .patch ? ["application/merge-patch+json", "application/json"] : ["application/json"]
        let content = Dictionary(uniqueKeysWithValues: types.map { ($0, ["schema": .object(schema)] as JSONValue) })
        return ["description": .string(body.summary), "required": .bool(!body.isOptional), "content": .object(content)]
    }

    private static func schema(_ kind: RESTOperation.Parameter.Kind) -> JSONValue {
        switch kind {
        case .text: ["type": "string"]
        case .flag: ["type": "boolean"]
        case .duration: ["type": "string", "pattern": "^[0-9.]+(ms|s|m|h)$"]
        case .count(let range): ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        case .choice(let choices): ["type": "string", "enum": .array(choices.map { .string($0) })]
        }
    }

    /// What belongs to no space.
    private static let health: [String: JSONValue] = [
        "/healthz": ["get": health("showHealth", "The process answers.", unauthenticated: true)],
        "/readyz": [
            "get": health(
                "showReadiness",
                "It can be sent requests: outcomes and changes are really read.",
                unauthenticated: true
            )
        ],
        "/metrics": ["get": health("showMetrics", "Figures in the text format of Prometheus.", unauthenticated: false)],
    ]

    private static func health(_ id: String, _ summary: String, unauthenticated: Bool) -> JSONValue {
        var members: [String: JSONValue] = [
            "operationId": .string(id), "summary": .string(summary),
            "responses": [
                "200": ["description": "It is so.", "content": ["text/plain": ["schema": ["type": "string"]]]],
                "default": [
                    "description": "A problem.",
                    "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
                ],
            ],
        ]
        if unauthenticated { members["security"] = [] }
        return .object(members)
    }

    private static let problem: JSONValue = [
        "type": "object", "required": ["type", "status", "detail", "kind"],
        "properties": [
            "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
            "detail": ["type": "string", "description": "One line for a person."],
            "kind": ["type": "string", "description": "What programs tell it by, such as busy, timedOut, interrupted."],
            "service": ["type": "string"], "job": ["type": "string"], "worker": ["type": "string"],
            "attempt": ["type": "integer"], "retryAfterMs": ["type": "integer"],
            "line": ["type": "integer", "description": "Of an upload: the line that is wrong, or the last one that was taken."],
        ],
    ]
}

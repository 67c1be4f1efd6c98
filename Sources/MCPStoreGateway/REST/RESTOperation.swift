import HTTPTypes
import MCPStoreQueue

/// One operation of the REST API. The router and the OpenAPI document are both made of these, so that the document is true.
struct RESTOperation: Sendable {
    typealias Handler = @Sendable (RESTCall) async throws -> RESTAnswer

    /// A parameter of the query.
    struct Parameter: Sendable {
        enum Kind: Sendable {
            case text
            case flag
            /// A duration such as `500ms`, `10s`, `2m`, at most so long.
            case duration(most: Duration)
            case count(ClosedRange<Int>)
            case choice([String])
        }

        let name: String
        let kind: Kind
        let summary: String

        init(_ name: String, _ kind: Kind, _ summary: String) {
            self.name = name
            self.kind = kind
            self.summary = summary
        }
    }

    /// What it takes as its body: a JSON object, or a file that is read piece by piece.
    struct Body: Sendable {
        let summary: String
        /// The types of a file, which the operation reads itself (``RESTCall/file``); `nil` for a JSON object.
        var fileTypes: [String]?
        /// Members that it must have, with the JSON type of each.
        var required: [(name: String, type: String)] = []
        /// Members that it may have.
        var optional: [(name: String, type: String)] = []
        /// Whether it may be left out.
        var isOptional = false
    }

    /// How it answers when all is well.
    struct Success: Sendable {
        let status: Int
        let summary: String
        var type = "application/json"
    }

    /// What programs know it by: unique.
    let id: String
    let method: HTTPRequest.Method
    /// The path within a space, with `{name}` for what varies.
    let path: String
    /// What a principal needs.
    let role: AccessRole
    let summary: String
    var query: [Parameter] = []
    var takesIdempotencyKey = false
    var body: Body?
    let success: Success
    let handler: Handler

    /// The names in braces of the path.
    var variables: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }
}

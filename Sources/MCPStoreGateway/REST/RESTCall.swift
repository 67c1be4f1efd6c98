import Foundation
import HTTPTypes
import MCPStore
import MCPStoreQueue
import NIOCore

/// One request of the REST API, taken apart and checked against its operation.
struct RESTCall: Sendable {
    let space: RESTSpace
    /// What varies in the path, by name.
    let variables: [String: String]
    let query: RESTQuery
    /// Empty where there is none.
    let body: ByteBuffer
    /// The body of an operation that reads a file.
    var file: RESTFile?
    let idempotencyKey: String?
    /// The space and the operation's path, such as `/api/v1/default/default`.
    let root: String
    let waiting: RESTWaiting
    let follows: FollowPlaces

    var context: StoreContext { space.context }

    /// A place for what looks at Redis again and again: an event stream or a long poll.
    ///
    /// - Throws: ``Problem`` 429.
    func follow() throws(Problem) -> FollowPlaces.Place { try follows.enter(space.principal) }

    /// A part of the path.
    func variable(_ name: String) -> String { variables[name] ?? "" }

    /// The body as a value, with comments or without.
    ///
    /// - Throws: ``Problem`` 400.
    func value() throws(Problem) -> JSONValue {
        let data = Data(body.readableBytesView)
        do { return try JSONValue(parsing: data, allowsComments: true) } catch {
            throw Problem(400, "invalidBody", "the body is not JSON: \(error.description(in: data))")
        }
    }
}

/// The parameters of a query, checked.
struct RESTQuery: Sendable {
    private var values: [String: String] = [:]
    private var durations: [String: Duration] = [:]

    /// - Parameter query: What stands behind the question mark.
    /// - Throws: ``Problem`` 400 for a parameter that the operation does not have, or that is not what it must be: a misspelt
    ///   filter must not count as none.
    init(_ query: String?, _ operation: RESTOperation) throws(Problem) {
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let value = parts.count > 1 ? Self.decoded(parts[1]) : "" else {
                throw Problem(400, "invalidQuery", "the query is not percent-encoded UTF-8")
            }
            guard let parameter = operation.query.first(where: { $0.name == name }) else {
                let known = operation.query.map(\.name).joined(separator: ", ")
                throw Problem(
                    400,
                    "invalidQuery",
                    "there is no parameter '\(name.oneLine.prefix(60))' here\(known.isEmpty ? "" : ": there are \(known)")"
                )
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Problem(400, "invalidQuery", "the parameter '\(name)' is given twice")
            }
            try check(parameter, value)
        }
    }

    private mutating func check(_ parameter: RESTOperation.Parameter, _ value: String) throws(Problem) {
        switch parameter.kind {
        case .text: return
        case .flag where ["", "true", "false"].contains(value): return
        case .choice(let choices) where choices.contains(value): return
        case .count(let range):
            if let number = Int(value), range.contains(number) { return }
        case .duration(let most):
            if let duration = RESTDuration.read(value), duration <= most { return durations[parameter.name] = duration }
        default: break
        }
        throw Problem(
            400,
            "invalidQuery",
            "'\(value.oneLine.prefix(60))' will not do for '\(parameter.name)': it takes \(parameter.kind)"
        )
    }

    func text(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }
    func flag(_ name: String) -> Bool { values[name].map { $0 != "false" } ?? false }
    func count(_ name: String) -> Int? { values[name].flatMap { Int($0) } }
    func duration(_ name: String) -> Duration? { durations[name] }

    static func decoded(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }
}

extension RESTOperation.Parameter.Kind: CustomStringConvertible {
    /// What it takes, for people.
    var description: String {
        switch self {
        case .text: "any text"
        case .flag: "true or false"
        case .duration(let most): "a duration such as 500ms, 10s or 2m, at most \(most.shortText)"
        case .count(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let choices): choices.joined(separator: " or ")
        }
    }
}

/// Durations as they stand in a query: `500ms`, `10s`, `2m`, `1h`.
enum RESTDuration {
    static func read(_ text: String) -> Duration? {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        let digits = text.prefix { "0123456789.".contains($0) }
        guard let factor = units.first(where: { $0.0 == text.dropFirst(digits.count) })?.1, let number = Double(digits),
            number * factor <= 7 * 86_400
        else { return nil }
        return .milliseconds(Int64((number * factor * 1000).rounded()))
    }
}

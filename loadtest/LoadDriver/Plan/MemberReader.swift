/// Reads the members of one JSON object of a scenario, with errors that say where, what is wrong and what is right.
struct MemberReader {
    /// In the ``Decoder/userInfo`` of those who type a file: a member that is not known is an error. Reports of later versions may
    /// have more.
    static let strict = CodingUserInfoKey(rawValue: "LoadDriver.strict")

    private let container: KeyedDecodingContainer<MemberName>
    private let isStrict: Bool
    /// What the object is, with its article.
    var what: String

    init(_ decoder: any Decoder, what: String) throws {
        self.what = what
        isStrict = Self.strict.flatMap { decoder.userInfo[$0] as? Bool } ?? false
        do {
            container = try decoder.container(keyedBy: MemberName.self)
        } catch {
            throw ScenarioError(Self.path(decoder.codingPath), "is no object; \(what) is a JSON object")
        }
    }

    /// - Throws: ``ScenarioError`` where a member has none of these names and the decoder is strict.
    func allow(_ known: [String]) throws {
        guard isStrict else { return }
        let unknown = container.allKeys.map(\.stringValue).filter { !known.contains($0) }.sorted()
        guard let first = unknown.first else { return }
        let names = unknown.count == 1 ? "is not a member" : "and \(unknown.dropFirst().joined(separator: ", ")) are not members"
        throw error(first, "\(names) of \(what), which may have \(known.joined(separator: ", "))")
    }

    func optional<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value? {
        do {
            return try container.decodeIfPresent(type, forKey: MemberName(name))
        } catch let error as ScenarioError {
            throw error
        } catch {
            // A number that does not fit is no DecodingError here, but one of Foundation's own.
            throw self.error(name, "is not \(Self.words(for: type))\(Self.detail(error))")
        }
    }

    func value<Value: Decodable>(_ name: String, default fallback: Value) throws -> Value {
        try optional(name) ?? fallback
    }

    func required<Value: Decodable>(_ name: String, _ meaning: String) throws -> Value {
        guard let value: Value = try optional(name) else {
            throw error(name, "is missing; \(what) needs it: \(meaning)")
        }
        return value
    }

    func error(_ name: String, _ text: String) -> ScenarioError {
        ScenarioError(Self.path(container.codingPath + [MemberName(name)]), text)
    }

    private static func detail(_ error: any Error) -> String {
        switch error {
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            // An element of a list: which one.
            context.codingPath.last?.intValue.map { " (element \($0 + 1))" } ?? ""
        default: ""
        }
    }

    private static func words(for type: any Any.Type) -> String {
        switch type {
        case is Int.Type, is UInt64.Type: "a whole number"
        case is Double.Type: "a number"
        case is String.Type: "a string"
        case is [Double].Type: "a list of numbers"
        case is [String].Type: "a list of strings"
        case is [String: Int].Type: "an object of whole numbers"
        case is any Sequence.Type: "a list"
        default: "an object"
        }
    }

    /// Such as `mix[1].tool`.
    static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { path, key in
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }
}

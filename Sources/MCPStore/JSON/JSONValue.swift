/// A JSON value, for configurations and arguments that are written in Swift:
///
///     let result = try await store.forStore().useTool("get_current_weather", ["query": "北京", "days": 3])
///
/// What a server answers is kept as the bytes that it sent (``CallResult/json``); decode those into types of your own.
public enum JSONValue: Sendable, Hashable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number without fraction and exponent that fits.
    case integer(Int)
    /// Any other number.
    case number(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object. Its members are written in the order of their names.
    case object([String: JSONValue])

    /// The text of a string; `nil` for everything else.
    public var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// An integer; `nil` for everything else.
    public var integerValue: Int? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// A number with or without fraction; `nil` for everything else.
    public var numberValue: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    /// A boolean; `nil` for everything else.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements of an array; `nil` for everything else.
    public var arrayValue: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members of an object; `nil` for everything else.
    public var objectValue: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The member of an object; `nil` where there is none, and for everything else.
    public subscript(name: String) -> JSONValue? { objectValue?[name] }

    /// A string, or a number or boolean as text; `nil` for everything else.
    var scalarText: String? {
        switch self {
        case .string(let text): text
        case .integer, .number, .bool: description
        default: nil
        }
    }

    /// What it is, for messages: `a string`, `an object`, …
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `null`
    public init(nilLiteral: ()) { self = .null }
    /// `true` or `false`
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An integer.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; of two members with the same name the last counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { $1 })
    }
}

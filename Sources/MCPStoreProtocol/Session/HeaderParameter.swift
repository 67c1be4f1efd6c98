import NIOCore

/// An argument that HTTP sends as a header as well: a property with `x-mcp-header` in the schema (2026-07-28, "Custom Headers").
package struct HeaderParameter: Sendable, Equatable {
    /// The names that lead to the argument, from the outermost object inwards.
    package var path: [String]
    /// What follows `Mcp-Param-` in the header's name.
    package var header: String

    /// What a schema says about headers.
    struct Found {
        var parameters: [HeaderParameter] = []
        /// Whether an annotation stands where it must not, or cannot be a header.
        var isInvalid = false
    }

    /// Looks through a tool's input schema. References are not followed.
    static func find(inSchema schema: JSONSlice) throws(JSONError) -> Found {
        var found = Found()
        try self.walk(schema, path: [], &found)
        let unique = Set(found.parameters.map { $0.header.lowercased() })
        if unique.count != found.parameters.count { found.isInvalid = true }
        return found
    }

    /// - Parameter path: `nil` where an annotation must not stand, because no fixed path leads there.
    private static func walk(_ schema: JSONSlice, path: [String]?, _ found: inout Found) throws(JSONError) {
        guard schema.isObject else { return }
        var annotation: JSONSlice?
        var isAllowedType = false
        try schema.members { (key, value) throws(JSONError) in
            if key.equals("x-mcp-header") {
                annotation = value
            } else if key.equals("type") {
                isAllowedType = value.equals("string") || value.equals("integer") || value.equals("boolean")
            } else if key.equals("properties") {
                guard value.isObject else { return }
                try value.members { (name, value) throws(JSONError) in
                    try self.walk(value, path: path.flatMap { path in name.string.map { path + [$0] } }, &found)
                }
            } else if self.holdsSchema(key) {
                try self.walk(value, path: nil, &found)
                if value.isArray {
                    try value.elements { (value) throws(JSONError) in try self.walk(value, path: nil, &found) }
                }
            } else if self.holdsNamedSchemas(key), value.isObject {
                try value.members { (_, value) throws(JSONError) in try self.walk(value, path: nil, &found) }
            }
        }
        guard let annotation else { return }
        guard let path, !path.isEmpty, isAllowedType, let header = annotation.string, self.isToken(header) else {
            found.isInvalid = true
            return
        }
        found.parameters.append(HeaderParameter(path: path, header: header))
    }

    private static func holdsSchema(_ key: JSONSlice) -> Bool {
        key.equals("items") || key.equals("prefixItems") || key.equals("contains") || key.equals("allOf") || key.equals("anyOf")
            || key.equals("oneOf") || key.equals("not") || key.equals("if") || key.equals("then") || key.equals("else")
            || key.equals("additionalProperties") || key.equals("unevaluatedProperties") || key.equals("unevaluatedItems")
            || key.equals("propertyNames")
    }

    private static func holdsNamedSchemas(_ key: JSONSlice) -> Bool {
        key.equals("patternProperties") || key.equals("dependentSchemas") || key.equals("$defs") || key.equals("definitions")
    }

    /// Whether the text can be a part of a header's name (RFC 9110, token).
    private static func isToken(_ text: String) -> Bool {
        guard !text.isEmpty else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), Byte.zero...Byte.nine: true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
    }

    /// The header of this parameter for a call, when the call has the argument.
    func value(inArguments arguments: JSONSlice) throws(JSONError) -> HTTPHeader? {
        var text: String?
        try Self.follow(self.path[...], in: arguments) { value in
            if let string = value.string {
                text = string
            } else if !value.isObject, !value.isArray, !value.isNull {
                // A number or a truth value is sent as it is written.
                text = String(decoding: value.bytes, as: UTF8.self)
            }
        }
        return text.map { HTTPHeader(name: "Mcp-Param-\(self.header)", value: $0) }
    }

    private static func follow(
        _ path: ArraySlice<String>,
        in value: JSONSlice,
        _ body: (JSONSlice) -> Void
    ) throws(JSONError) {
        guard let name = path.first else {
            body(value)
            return
        }
        guard value.isObject else { return }
        try value.members { (key, value) throws(JSONError) in
            if key.string == name { try self.follow(path.dropFirst(), in: value, body) }
        }
    }
}

/// The keywords of JSON Schema that look at one value alone, and the list of those that are looked at.
enum SchemaKeywords {
    /// Those that ``SchemaCheck`` keeps, and those that say nothing about what is valid.
    private static let known: Set<String> = [
        "type", "properties", "required", "additionalProperties", "enum", "const", "items", "prefixItems", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
        "minProperties", "maxProperties", "anyOf", "oneOf", "allOf", "not", "$ref", "$defs", "definitions",
        "title", "description", "default", "examples", "example", "$schema", "$id", "$anchor", "$comment", "deprecated",
        "readOnly",
        "writeOnly", "format", "contentEncoding", "contentMediaType", "contentSchema",
    ]
    /// Those whose members are names of somebody's own, each with a schema.
    private static let maps: Set<String> = ["properties", "$defs", "definitions", "patternProperties"]
    /// Those that hold a value and no schema.
    private static let values: Set<String> = ["enum", "const", "default", "examples", "example", "required"]

    /// All keywords of a schema that are not known, however deep.
    static func passedOver(_ schema: JSONValue, depth: Int = 0) -> Set<String> {
        guard depth < 64 else { return [] }
        if let elements = schema.arrayValue {
            return elements.reduce(into: []) { $0.formUnion(passedOver($1, depth: depth + 1)) }
        }
        guard let keywords = schema.objectValue else { return [] }
        var found: Set<String> = []
        for (name, value) in keywords {
            // Extensions of somebody's own are annotations.
            if !known.contains(name), !name.hasPrefix("x-") { found.insert(name) }
            if values.contains(name) { continue }
            if maps.contains(name) {
                for schema in (value.objectValue ?? [:]).values { found.formUnion(passedOver(schema, depth: depth + 1)) }
            } else {
                found.formUnion(passedOver(value, depth: depth + 1))
            }
        }
        if let reference = keywords["$ref"]?.stringValue, !reference.hasPrefix("#") { found.insert("$ref") }
        return found
    }

    /// What is wrong with the type of a value; `nil` where nothing is.
    static func typeProblem(_ value: JSONValue, _ type: JSONValue?) -> String? {
        let names = type?.stringValue.map { [$0] } ?? type?.arrayValue?.compactMap(\.stringValue) ?? []
        if names.isEmpty || names.contains(where: { isOf($0, value) }) { return nil }
        let wanted = names.map { ["array", "integer", "object"].contains($0) ? "an \($0)" : $0 == "null" ? $0 : "a \($0)" }
        return "must be \(wanted.joined(separator: " or ")), not \(value.kind)"
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
            ("number", .integer),
            ("number", .number), ("integer", .integer):
            true
        case ("integer", .number(let number)): number == number.rounded()
        // A type of a later draft: nothing is known of it.
        default: !["null", "boolean", "string", "array", "object", "number", "integer"].contains(type)
        }
    }

    /// What is wrong with a value by the keywords that need no other schema.
    static func plainProblems(_ value: JSONValue, _ keywords: [String: JSONValue]) -> [String] {
        var found: [String] = []
        if let all = keywords["enum"]?.arrayValue, !all.contains(where: { equal($0, value) }) {
            let shown = all.prefix(10).map(\.description).joined(separator: ", ")
            found.append("must be one of \(shown)\(all.count > 10 ? ", …" : "")")
        }
        if let constant = keywords["const"], !equal(constant, value) { found.append("must be \(constant)") }
        func limit(_ keyword: String, _ breaks: (Double) -> Bool, _ say: (JSONValue) -> String) {
            if let bound = keywords[keyword], let number = bound.numberValue, breaks(number) { found.append(say(bound)) }
        }
        if let number = value.numberValue {
            limit("minimum", { number < $0 }) { "must be at least \($0)" }
            limit("maximum", { number > $0 }) { "must be at most \($0)" }
            limit("exclusiveMinimum", { number <= $0 }) { "must be more than \($0)" }
            limit("exclusiveMaximum", { number >= $0 }) { "must be less than \($0)" }
            limit("multipleOf", { !isMultiple(number, of: $0) }) { "must be a multiple of \($0)" }
        }
        let sizes: [(String, Int)] =
            switch value {
            case .string(let text): [("Length", text.unicodeScalars.count)]
            case .array(let elements): [("Items", elements.count)]
            case .object(let members): [("Properties", members.count)]
            default: []
            }
        for (what, count) in sizes {
            let name = ["Length": "characters", "Items": "elements", "Properties": "members"][what] ?? what
            limit("min\(what)", { Double(count) < $0 }) { "must have at least \($0) \(name), has \(count)" }
            limit("max\(what)", { Double(count) > $0 }) { "must have at most \($0) \(name), has \(count)" }
        }
        if keywords["uniqueItems"]?.boolValue == true, let elements = value.arrayValue, Set(elements).count < elements.count {
            found.append("must not have an element twice")
        }
        return found
    }

    /// Fractions are not exact: 0.3 counts as a multiple of 0.1.
    private static func isMultiple(_ number: Double, of step: Double) -> Bool {
        guard step > 0 else { return true }
        let quotient = number / step
        return abs(quotient - quotient.rounded()) < 1e-9 * max(abs(quotient), 1)
    }

    /// 1 and 1.0 are one number.
    private static func equal(_ one: JSONValue, _ other: JSONValue) -> Bool {
        if let first = one.numberValue, let second = other.numberValue { return first == second }
        return one == other
    }
}

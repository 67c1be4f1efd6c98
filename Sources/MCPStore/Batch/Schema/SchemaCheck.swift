/// Checks arguments against the part of JSON Schema 2020-12 that tools use, before anything is called.
///
/// What it says is wrong is wrong. What it lets through may still be refused by the tool: keywords that it does not know are
/// passed over, and ``passedOver`` names them.
package struct SchemaCheck: Sendable {
    /// Schemas nested, or references followed, deeper than this are passed over.
    private static let deepest = 64
    /// More problems of one value are not looked for.
    private static let mostProblems = 10

    private let root: JSONValue
    /// Keywords of the schema that have a say in what is valid and are not looked at, in order.
    package let passedOver: [String]

    package init(_ schema: JSONValue) {
        root = schema
        passedOver = SchemaKeywords.passedOver(schema).sorted()
    }

    /// What is wrong with a value, place by place, such as `days: must be an integer, not a string`; empty where it is valid.
    package func problems(of value: JSONValue) -> [String] {
        var found = SchemaFindings()
        check(value, root, at: "", depth: 0, &found)
        return found.problems.prefix(Self.mostProblems).map(\.description)
    }

    private func check(_ value: JSONValue, _ schema: JSONValue, at path: String, depth: Int, _ found: inout SchemaFindings) {
        guard depth < Self.deepest, found.problems.count < Self.mostProblems, found.takeStep() else { return }
        if schema.boolValue == false { return found.append(.init(path, "nothing is allowed here")) }
        guard let keywords = schema.objectValue else { return }
        if let name = keywords["$ref"]?.stringValue, let target = resolve(name) {
            check(value, target, at: path, depth: depth + 1, &found)
        }
        if let problem = SchemaKeywords.typeProblem(value, keywords["type"]) {
            // What a value of another type lacks says nothing more.
            return found.append(.init(path, problem))
        }
        for problem in SchemaKeywords.plainProblems(value, keywords) { found.append(.init(path, problem)) }
        if let members = value.objectValue { checkMembers(members, keywords, at: path, depth: depth, &found) }
        if let elements = value.arrayValue { checkElements(elements, keywords, at: path, depth: depth, &found) }
        checkCombinations(value, keywords, at: path, depth: depth, &found)
    }

    private func checkMembers(
        _ members: [String: JSONValue],
        _ keywords: [String: JSONValue],
        at path: String,
        depth: Int,
        _ found: inout SchemaFindings
    ) {
        let properties = keywords["properties"]?.objectValue ?? [:]
        for name in keywords["required"]?.arrayValue?.compactMap(\.stringValue) ?? [] where members[name] == nil {
            found.append(.init(Self.path(path, name), "is required and missing"))
        }
        for name in members.keys.sorted() {
            guard let member = members[name] else { continue }
            let place = Self.path(path, name)
            if let schema = properties[name] {
                check(member, schema, at: place, depth: depth + 1, &found)
            } else if keywords["patternProperties"] == nil, let rest = keywords["additionalProperties"] {
                if rest.boolValue == false {
                    let similar = Suggestions.similar(to: name, among: properties.keys.sorted())
                    let hint = similar.isEmpty ? "" : "; did you mean \(similar.joined(separator: ", "))?"
                    found.append(.init(place, "there is no such argument\(hint)"))
                } else {
                    check(member, rest, at: place, depth: depth + 1, &found)
                }
            }
        }
    }

    private func checkElements(
        _ elements: [JSONValue],
        _ keywords: [String: JSONValue],
        at path: String,
        depth: Int,
        _ found: inout SchemaFindings
    ) {
        let first = keywords["prefixItems"]?.arrayValue ?? []
        for (index, element) in elements.enumerated() {
            guard let schema = index < first.count ? first[index] : keywords["items"] else { continue }
            check(element, schema, at: "\(path)[\(index)]", depth: depth + 1, &found)
        }
    }

    private func checkCombinations(
        _ value: JSONValue,
        _ keywords: [String: JSONValue],
        at path: String,
        depth: Int,
        _ found: inout SchemaFindings
    ) {
        func problems(_ schema: JSONValue) -> [SchemaProblem] {
            var inner = SchemaFindings(steps: found.steps)
            check(value, schema, at: path, depth: depth + 1, &inner)
            found.steps = inner.steps
            return inner.problems
        }
        for schema in keywords["allOf"]?.arrayValue ?? [] { found.problems += problems(schema) }
        for name in ["anyOf", "oneOf"] {
            guard let schemas = keywords[name]?.arrayValue, !schemas.isEmpty else { continue }
            let all = schemas.map(problems)
            // What was not looked at to its end says nothing.
            if found.isExhausted { return }
            let fitting = all.count { $0.isEmpty }
            if name == "oneOf", fitting > 1 {
                found.append(.init(path, "fits \(fitting) of \(schemas.count) alternatives of which it must fit one"))
            } else if fitting == 0 {
                // The alternative that was meant is most likely the one that it almost fits.
                let nearest = all.min { $0.count < $1.count }?.first
                let hint = nearest.map { "; the nearest says: \($0)" } ?? ""
                found.append(.init(path, "fits none of \(schemas.count) alternatives\(hint)"))
            }
        }
        if let schema = keywords["not"], problems(schema).isEmpty, !found.isExhausted {
            found.append(.init(path, "is what is excluded by 'not'"))
        }
    }

    /// The schema that a reference within the document means, such as `#/$defs/City`; `nil` for all others.
    private func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        var value = root
        for part in reference.dropFirst().split(separator: "/") {
            let name = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            guard
                let next = value[name]
                    ?? Int(name).flatMap({ index in
                        value.arrayValue.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                    })
            else { return nil }
            value = next
        }
        return value
    }

    private static func path(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}

/// What is wrong, and where.
struct SchemaProblem: CustomStringConvertible {
    let path: String
    let problem: String

    init(_ path: String, _ problem: String) {
        self.path = path
        self.problem = problem
    }

    var description: String { path.isEmpty ? "the arguments: \(problem)" : "\(path.oneLine): \(problem)" }
}

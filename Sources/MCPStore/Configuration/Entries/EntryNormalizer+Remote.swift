import Foundation

/// Headers and authentication, in all the ways in which they are written.
extension EntryNormalizer {
    mutating func headers() {
        if let list = members["headers"]?.arrayValue { headerList(list) }
        if let request = members.removeValue(forKey: "requestInit") {
            guard let object = request.objectValue else { return problems.append("'requestInit' must be an object") }
            merge(object["headers"], of: "requestInit.headers") { $0 }
            let others = object.keys.filter { $0 != "headers" }.sorted()
            if !others.isEmpty {
                warnings.append(
                    "of 'requestInit' only 'headers' is used, not \(others.map { "'\($0)'" }.joined(separator: ", "))"
                )
            }
        }
        merge(members.removeValue(forKey: "http_headers"), of: "http_headers") { $0 }
        merge(members.removeValue(forKey: "env_http_headers"), of: "env_http_headers") { name in
            name.stringValue.map { .string("${\($0)}") } ?? name
        }
    }

    /// `["Authorization: Bearer …"]`
    private mutating func headerList(_ list: [JSONValue]) {
        // Where the list is wrong, that is the one problem.
        members["headers"] = nil
        var entries: [String: JSONValue] = [:]
        for line in list {
            guard let text = line.stringValue, let cut = text.firstIndex(of: ":") else {
                return problems.append("'headers' must be an object, or an array of texts such as \"Name: value\"")
            }
            let name = text[..<cut].trimmingCharacters(in: .whitespaces)
            guard
                entries.updateValue(.string(text[text.index(after: cut)...].trimmingCharacters(in: .whitespaces)), forKey: name)
                    == nil
            else {
                return problems.append("'headers' names '\(name.prefix(60))' twice")
            }
        }
        members["headers"] = .object(entries)
    }

    private mutating func merge(_ value: JSONValue?, of source: String, _ transform: (JSONValue) -> JSONValue) {
        guard let value, value != .null else { return }
        guard let entries = value.objectValue else {
            return problems.append("'\(source)' must be an object, not \(value.kind)")
        }
        for (name, value) in entries.sorted(by: { $0.key < $1.key }) where value != .null {
            setHeader(name, transform(value), saidBy: source)
        }
    }

    private mutating func setHeader(_ name: String, _ value: JSONValue, saidBy source: String) {
        // What is wrong with headers that are none is said by the check.
        guard members["headers"] == nil || members["headers"]?.objectValue != nil else { return }
        var headers = members["headers"]?.objectValue ?? [:]
        let present = headers.first { $0.key.lowercased() == name.lowercased() }
        guard present == nil || present?.value == value else {
            return problems.append("'headers' and '\(source)' both say '\(name.oneLine.prefix(60))': leave one of them out")
        }
        if present == nil { headers[name] = value }
        members["headers"] = .object(headers)
    }

    /// Tokens become a header; what asks a person is refused.
    mutating func authentication() {
        if let token = members.removeValue(forKey: "bearerToken") ?? members.removeValue(forKey: "bearer_token") {
            bearer(token, saidBy: "bearerToken")
        }
        if let name = members.removeValue(forKey: "bearer_token_env_var") {
            bearer(name.stringValue.map { .string("${\($0)}") } ?? name, saidBy: "bearer_token_env_var")
        }
        if let auth = members["auth"], auth != false {
            if let token = auth.stringValue, token.lowercased() != "oauth" {
                members["auth"] = nil
                return bearer(.string(token), saidBy: "auth")
            }
            refuseOAuth("auth")
        }
        for name in ["oauth", "authProviderType", "oauth_client_id", "oauth_resource"] {
            guard let value = members[name] else { continue }
            if value == false || value["enabled"] == false || value == "none" {
                members[name] = nil
            } else {
                refuseOAuth(name)
            }
        }
    }

    private mutating func bearer(_ token: JSONValue, saidBy source: String) {
        guard let text = token.stringValue, !text.isEmpty else { return problems.append("'\(source)' must be a token") }
        let hasScheme = text.contains(" ")
        setHeader("Authorization", .string(hasScheme ? text : "Bearer \(text)"), saidBy: source)
    }

    private mutating func refuseOAuth(_ name: String) {
        problems.append(
            "'\(name)' asks a person to log in (OAuth), which workers cannot: get a token yourself and write 'headers' {\"Authorization\": \"Bearer ${TOKEN}\"}"
        )
    }
}

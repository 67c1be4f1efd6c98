/// Resolves references such as `${TOKEN}` in a service's configuration, on the worker, from what the worker was given
/// (invariant I11).
///
/// Forms: `${NAME}`, `${NAME:-default}`, `${env:NAME}`, and of editors `${userHome}` (HOME), `${workspaceFolder}`
/// (WORKSPACE_FOLDER: a worker has no folder of its own), `${workspaceFolderBasename}`, `${pathSeparator}` and `${/}`. A
/// reference that cannot be resolved is an error that names it, never an empty string.
package struct VariableResolver: Sendable {
    /// Why a configuration cannot be used.
    package struct Unresolved: Error, Sendable, Equatable, CustomStringConvertible {
        package let name: String
        package let place: String

        package var description: String {
            "\(place) refers to ${\(name)}, which is not set for this worker: start the worker with \(name) in its environment"
        }
    }

    private let variables: [String: String]

    package init(variables: [String: String]) {
        self.variables = variables
    }

    /// - Parameters:
    ///   - place: Where the text stands, for the error.
    ///   - secrets: Gets every value that was put in.
    package func resolve(_ text: String, place: String, secrets: inout Set<String>) throws(Unresolved) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { break }
            result += rest[..<start.lowerBound]
            let value = try value(of: rest[start.upperBound..<end], place: place)
            if value.utf8.count >= 4 { secrets.insert(value) }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private func value(of reference: Substring, place: String) throws(Unresolved) -> String {
        var name = reference
        var fallback: Substring?
        if let cut = reference.firstRange(of: ":-") {
            name = reference[..<cut.lowerBound]
            fallback = reference[cut.upperBound...]
        }
        if name.hasPrefix("env:") { name = name.dropFirst("env:".count) }
        switch name {
        case "userHome": name = "HOME"
        case "workspaceFolder": name = "WORKSPACE_FOLDER"
        case "workspaceFolderBasename":
            return String(try value(of: "WORKSPACE_FOLDER", place: place).split(separator: "/").last ?? "")
        case "pathSeparator", "/": return "/"
        default: break
        }
        if let value = variables[String(name)] { return value }
        if let fallback { return String(fallback) }
        throw Unresolved(name: String(name), place: place)
    }
}

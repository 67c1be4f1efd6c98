import MCPStore

/// What `mcpstore import` did, for people and for programs. Values of secrets are in neither.
struct ImportReport {
    var isDryRun: Bool
    /// The options of the space, for the next command.
    var space: String
    var files: [(path: String, source: ImportSource?, services: Int)] = []
    /// Files that were found and are something else.
    var unreadable: [String] = []
    var plan = ImportPlan()
    var result: AddedServices?

    init(isDryRun: Bool, space: String = "") { (self.isDryRun, self.space) = (isDryRun, space) }

    /// Whether there was nothing to take.
    var isEmpty: Bool { plan.services.isEmpty }

    var text: String {
        var lines: [String] = []
        for file in files {
            lines.append("\(file.path)\(file.source.map { " (\($0.rawValue))" } ?? "")")
            if file.services == 0 { lines.append("  no servers in it") }
            for service in plan.services where service.file == file.path { lines += text(service) }
            for left in plan.left where left.file == file.path {
                lines.append("  left  \(left.name.oneLine): \(left.reason.oneLine)")
            }
        }
        lines += unreadable.map { "left  \($0.oneLine)" }
        if !plan.variables.isEmpty {
            lines.append("set in the environment of the workers: \(plan.variables.joined(separator: ", "))")
        }
        if let result {
            for (names, verb) in [(result.added, "added"), (result.replaced, "replaced"), (result.unchanged, "unchanged")]
            where !names.isEmpty {
                lines.append("\(verb): \(names.joined(separator: ", "))")
            }
            if let first = result.names.first { lines.append("next: mcpstore service wait \(first)\(space)") }
        }
        return lines.joined(separator: "\n")
    }

    private func text(_ service: ImportPlan.Service) -> [String] {
        let name = service.renamedFrom.map { "\(service.name) (there '\($0.oneLine)')" } ?? service.name
        var lines = ["  \(isDryRun ? "would take" : "took")  \(name): \(target(service))"]
        for replacement in plan.replacements where replacement.service == service.name && replacement.file == service.file {
            lines.append(
                "        \(replacement.place) became ${\(replacement.variable)}: set \(replacement.variable) in the environment of the workers"
            )
        }
        return lines + service.notes.map { "        \($0.oneLine)" }
    }

    private func target(_ service: ImportPlan.Service) -> String {
        let shown = Redaction.configuration(service.configuration)
        let text =
            shown["url"]?.stringValue
            ?? ([shown["command"]] + (shown["args"]?.arrayValue ?? [])).compactMap { $0?.stringValue }.joined(separator: " ")
        return String(text.oneLine.prefix(100))
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "dry_run": .bool(isDryRun),
            "files": .array(
                files.map { file -> JSONValue in
                    [
                        "path": .string(file.path), "program": file.source.map { .string($0.rawValue) } ?? .null,
                        "services": .integer(file.services),
                    ]
                }
            ),
            "taken": .array(plan.services.map(json)),
            "left": .array(
                plan.left.map { left -> JSONValue in
                    ["name": .string(left.name), "file": .string(left.file), "reason": .string(left.reason)]
                }
            ),
            "variables": JSONOutput.strings(plan.variables),
        ]
        if !unreadable.isEmpty { members["unreadable"] = JSONOutput.strings(unreadable) }
        if let result {
            members["added"] = JSONOutput.strings(result.added)
            members["replaced"] = JSONOutput.strings(result.replaced)
            members["unchanged"] = JSONOutput.strings(result.unchanged)
        }
        return .object(members)
    }

    private func json(_ service: ImportPlan.Service) -> JSONValue {
        let replaced = plan.replacements.filter { $0.service == service.name && $0.file == service.file }
        return [
            "name": .string(service.name), "renamed_from": service.renamedFrom.map { .string($0) } ?? .null,
            "file": .string(service.file), "place": .string(service.place),
            "config": Redaction.configuration(service.configuration), "notes": JSONOutput.strings(service.notes),
            "variables": JSONOutput.strings(service.variables),
            "replaced_secrets": .array(
                replaced.map { secret -> JSONValue in
                    ["place": .string(secret.place), "variable": .string(secret.variable)]
                }
            ),
        ]
    }
}

import MCPStore

/// What `update` and `patch` print.
enum ServiceChangeOutput {
    static func show(_ result: ChangedService, json: Bool) {
        for warning in result.warnings { Console.shared.note("warning: \(warning)") }
        if json {
            let value: JSONValue = [
                "service": .string(result.name), "changed": .bool(result.isChanged),
                "warnings": JSONOutput.strings(result.warnings),
            ]
            return Console.shared.out(value.description)
        }
        Console.shared.out("\(result.isChanged ? "changed" : "unchanged"): \(result.name)")
    }
}

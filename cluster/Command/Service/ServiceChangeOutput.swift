import MCPStore

/// What `update` and `patch` print.
enum ServiceChangeOutput {
    static func show(_ result: ChangedService, json: Bool) {
        for warning in result.warnings { Console.shared.note("warning: \(warning)") }
        if json { return Console.shared.out(JSONOutput.changed(result).description) }
        Console.shared.out("\(result.isChanged ? "changed" : "unchanged"): \(result.name)")
    }
}

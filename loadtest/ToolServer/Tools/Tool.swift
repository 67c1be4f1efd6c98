/// One tool: what tools/list says about it, and what a call does.
struct Tool: Sendable {
    /// What the tool declares about its effects.
    enum Effect: Sendable { case readOnly, readOnlyAndIdempotent, idempotent, destructive }

    let name: String
    let title: String
    let description: String
    let effect: Effect
    let input: Schema
    var output: Schema?
    /// Whether its calls may, or must, become tasks: `optional` or `required`.
    var tasks: String?
    /// Answers the call, now or later. Runs on the event loop of the server.
    let run: @Sendable (Call) -> Void

    /// The tool as tools/list shows it.
    var json: String {
        var json = "{\"name\":\(jsonText(self.name)),\"title\":\(jsonText(self.title))"
        json += ",\"description\":\(jsonText(self.description)),\"inputSchema\":\(self.input.json)"
        if let output { json += ",\"outputSchema\":\(output.json)" }
        if let tasks { json += ",\"execution\":{\"taskSupport\":\"\(tasks)\"}" }
        return json + ",\"annotations\":\(self.annotations)}"
    }

    private var annotations: String {
        let (readOnly, destructive, idempotent) =
            switch self.effect {
            case .readOnly: (true, false, false)
            case .readOnlyAndIdempotent: (true, false, true)
            case .idempotent: (false, false, true)
            case .destructive: (false, true, false)
            }
        return "{\"title\":\(jsonText(self.title)),\"readOnlyHint\":\(readOnly),\"destructiveHint\":\(destructive)"
            + ",\"idempotentHint\":\(idempotent),\"openWorldHint\":false}"
    }
}

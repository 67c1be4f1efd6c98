/// What a client takes as an answer to a POST. Clients must take both; those that say less get what they take.
struct AcceptedTypes: Sendable, Equatable {
    let json: Bool
    let events: Bool

    /// - Parameter accept: The value of `Accept`; `nil` where there is none, which takes anything.
    init(_ accept: String?) {
        guard let accept else {
            (json, events) = (true, true)
            return
        }
        // What clients of MCP send, word by word.
        if accept == "application/json, text/event-stream" {
            (json, events) = (true, true)
            return
        }
        let ranges = accept.lowercased().split(separator: ",").map { entry in
            entry.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        }
        json = ranges.contains { ["application/json", "application/*", "*/*"].contains($0) }
        events = ranges.contains { ["text/event-stream", "text/*", "*/*"].contains($0) }
    }
}

import MCPStore
import NIOHTTP1
import TestSupport
import Testing

extension LiveGateway {
    /// Adds ToolServer as the service `slow`, which runs one call at a time, and has it run one that takes ten minutes: what is
    /// submitted then waits.
    ///
    /// - Returns: The job that is in the way.
    func block() async throws -> String {
        let entry = #"{"command":"\#(BuiltProduct.path(of: "toolserver"))","concurrency":1}"#
        _ = try await rest(.POST, "services", body: #"{"mcpServers":{"slow":\#(entry)}}"#)
        let ready = try await rest(.GET, "services/slow/wait?timeout=120s")
        try #require(ready.status == 200, "\(ready.text)")
        let body = #"{"tool":"sleep","service":"slow","arguments":{"ms":600000},"lane":"batch","timeoutMs":600000}"#
        let job = try await rest(.POST, "jobs", body: body)
        let id = try #require(try job.json()["id"]?.stringValue, "\(job.text)")
        try await eventually("it runs", within: .seconds(90)) {
            let answer = try await rest(.GET, "jobs?all=true&state=running&service=slow")
            return try answer.json()["jobs"]?.arrayValue?.isEmpty == false
        }
        return id
    }
}

import Foundation
import MCPStore
import TestSupport

extension ClusterFixture {
    /// What an HTTP request was answered with.
    struct HTTPAnswer: Sendable, CustomStringConvertible {
        let status: Int
        let text: String

        var description: String { "\(status) \(text)" }

        func json() throws -> JSONValue { try JSONValue(parsing: Data(text.utf8)) }
    }

    /// Prints the status and the body of one request, also of one that is refused.
    private static let script = """
        import sys, urllib.error, urllib.request
        url, method, body, *headers = sys.argv[1:]
        fields = dict(header.split(": ", 1) for header in headers)
        request = urllib.request.Request(url, body.encode() if body else None, fields, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=90)
        except urllib.error.HTTPError as error:
            answer = error
        print(answer.status, answer.read().decode())
        """

    /// Sends one request from a process of its own.
    ///
    /// - Parameter key: An API key.
    static func send(_ url: String, _ body: String? = nil, key: String? = nil) async throws -> HTTPAnswer {
        let headers = ["Content-Type: application/json"] + (key.map { ["Authorization: Bearer \($0)"] } ?? [])
        let client = try ChildProcess.start(
            ["/usr/bin/env", "python3", "-c", script, url, body == nil ? "GET" : "POST", body ?? ""] + headers,
            environment: ["PYTHONUNBUFFERED": "1"]
        )
        guard try await client.exit(within: .seconds(110)) == .exited(0) else { throw PeerError(client.output) }
        let parts = client.output.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let status = Int(parts[0]) else { throw PeerError("no answer: \(client.output)") }
        return HTTPAnswer(status: status, text: parts[1].trimmingCharacters(in: .newlines))
    }
}

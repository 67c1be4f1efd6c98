import Testing

@testable import MCPStore

/// I11: what looks like a secret is found, and a reference can take its place.
struct EntrySecretsTests {
    /// The entry with references, and the secrets that were found.
    private func replaced(_ text: String) throws -> (text: String, values: [String]) {
        var members = try #require(try JSONValue(parsing: text.utf8).objectValue)
        var values: [String] = []
        EntrySecrets.replace(in: &members) { secret in
            values.append(secret.value)
            return secret.variable(for: "my-service")
        }
        return (JSONValue.object(members).description, values)
    }

    @Test(arguments: [
        (#"{"env":{"API_KEY":"abc"}}"#, #"{"env":{"API_KEY":"${API_KEY}"}}"#, "abc"),
        (#"{"env":{"githubToken":"abc"}}"#, #"{"env":{"githubToken":"${githubToken}"}}"#, "abc"),
        (#"{"env":{"API_KEY":12345}}"#, #"{"env":{"API_KEY":"${API_KEY}"}}"#, "12345"),
        (#"{"env":{"MCPSTORE_TOKEN":"abc"}}"#, #"{"env":{"MCPSTORE_TOKEN":"${MY_SERVICE_MCPSTORE_TOKEN}"}}"#, "abc"),
        (#"{"env":{"X":"ghp_0123456789abcdefgh"}}"#, #"{"env":{"X":"${X}"}}"#, "ghp_0123456789abcdefgh"),
        (
            #"{"env":{"DATABASE_URL":"postgres://u:pw@h/db"}}"#, #"{"env":{"DATABASE_URL":"${DATABASE_URL}"}}"#,
            "postgres://u:pw@h/db"
        ),
        (#"{"headers":{"Authorization":"Bearer abc"}}"#, #"{"headers":{"Authorization":"Bearer ${MY_SERVICE_TOKEN}"}}"#, "abc"),
        (#"{"headers":{"X-API-Key":"abc"}}"#, #"{"headers":{"X-API-Key":"${MY_SERVICE_API_KEY}"}}"#, "abc"),
        (#"{"args":["--api-key","abc"]}"#, #"{"args":["--api-key","${MY_SERVICE_API_KEY}"]}"#, "abc"),
        (#"{"args":["--token=abc"]}"#, #"{"args":["--token=${MY_SERVICE_TOKEN}"]}"#, "abc"),
        (#"{"args":["-e","GITHUB_PAT=abc"]}"#, #"{"args":["-e","GITHUB_PAT=${GITHUB_PAT}"]}"#, "abc"),
        (
            #"{"args":["--header","Authorization: Bearer abc"]}"#,
            #"{"args":["--header","Authorization: Bearer ${MY_SERVICE_TOKEN}"]}"#, "abc"
        ),
        (#"{"args":["--header","X-Api-Key:abc"]}"#, #"{"args":["--header","X-Api-Key:${MY_SERVICE_API_KEY}"]}"#, "abc"),
        (#"{"args":["postgres://u:pw@h/db"]}"#, #"{"args":["postgres://u:${MY_SERVICE_PASSWORD}@h/db"]}"#, "pw"),
        (#"{"args":["sk-0123456789abcdef"]}"#, #"{"args":["${MY_SERVICE_TOKEN}"]}"#, "sk-0123456789abcdef"),
        (#"{"url":"https://h/mcp?a=1&api_key=abc"}"#, #"{"url":"https://h/mcp?a=1&api_key=${MY_SERVICE_API_KEY}"}"#, "abc"),
        (#"{"url":"https://u:pw@h/mcp"}"#, #"{"url":"https://u:${MY_SERVICE_PASSWORD}@h/mcp"}"#, "pw"),
        (#"{"env":{"TOKEN":"${X:-abc}"}}"#, #"{"env":{"TOKEN":"${TOKEN}"}}"#, "${X:-abc}"),
        (#"{"args":["--token","${X:-abc}"]}"#, #"{"args":["--token","${MY_SERVICE_TOKEN}"]}"#, "${X:-abc}"),
        (#"{"env":{"URL":"http://${U}:pw@h"}}"#, #"{"env":{"URL":"${URL}"}}"#, "http://${U}:pw@h"),
        (
            #"{"env":{"OPTIONS":"{\"apiKey\":\"sk-0123456789abcdefgh\"}"}}"#, #"{"env":{"OPTIONS":"${OPTIONS}"}}"#,
            #"{"apiKey":"sk-0123456789abcdefgh"}"#
        ),
        (
            #"{"args":["-c","run --with sk-0123456789abcdefgh x"]}"#,
            #"{"args":["-c","run --with ${MY_SERVICE_TOKEN} x"]}"#, "sk-0123456789abcdefgh"
        ),
        (
            #"{"url":"https://h/sk-0123456789abcdefgh/mcp"}"#, #"{"url":"https://h/${MY_SERVICE_TOKEN}/mcp"}"#,
            "sk-0123456789abcdefgh"
        ),
        (#"{"url":"https://token@h/mcp"}"#, #"{"url":"https://${MY_SERVICE_PASSWORD}@h/mcp"}"#, "token"),
    ])
    func `A secret is found where it stands`(entry: String, expected: String, value: String) throws {
        let (text, values) = try replaced(entry)
        #expect(text == expected)
        #expect(values == [value])
    }

    @Test(arguments: [
        #"{"env":{"AUTHOR":"me","KEYBOARD":"de","MAX_TOKENS":"100","DEBUG":"1","TOKEN_FILE":"/run/t","AUTH":"true","KEY":""}}"#,
        #"{"env":{"TOKEN":"${TOKEN}","URL":"http://h/a?b=c"},"headers":{"Authorization":"Bearer ${T}","Accept":"a/b"}}"#,
        #"{"args":["-y","@scope/pkg@1.0","--no-auth","x","--key-file","/k","--token","${T}","--port=1","a:b","C:\\x"]}"#,
        #"{"env":{"TOKEN":"${TOKEN:-}","URL":"${URL:-http://h}","LIST":"a, b, sk-learn, hf_x"},"args":["-c","a sk-learn b"]}"#,
        #"{"url":"https://h:8080/a@b?c=d&key=${K}"}"#, #"{"url":"https://${U}:${P}@h/"}"#,
    ])
    func `What is none is left alone`(entry: String) throws {
        let (text, values) = try replaced(entry)
        #expect(values == [])
        #expect(try JSONValue(parsing: text.utf8) == JSONValue(parsing: entry.utf8))
    }

    @Test func `Every secret that will be stored is a warning that does not hold it`() throws {
        let text = #"{"mcpServers":{"s":{"command":"x","args":["--api-key","hidden1"],"env":{"PASSWORD":"hidden2"}}}}"#
        let parsed = try MCPServersParser(placement: nil).parse(try JSONValue(parsing: text.utf8))
        #expect(
            parsed.warnings == [
                "s: 'PASSWORD' in 'env' is stored in Redis in clear: write ${PASSWORD} and give the workers that variable",
                "s: argument 2, the value of --api-key, is stored in Redis in clear: write ${S_API_KEY} and give the workers that variable",
            ]
        )
    }
}

/// Tools that need something of the client before they answer (2026-07-28, "Multi round-trip requests").
extension Conformance {
    static let asking = [
        round("test_input_required_result_elicitation", "Answers with input_required first, and greets who answers.") { call in
            guard let name = call.response("user_name")?.member("content")?.member("name")?.string else {
                return call.requireInput(requests("user_name", elicit("What is your name?", "name")))
            }
            call.succeed(text: "Hello, \(name)!")
        },
        round("test_input_required_result_sampling", "Has the client's model answer a question.") { call in
            guard let text = call.response("capital_question")?.member("content")?.member("text")?.string else {
                return call.requireInput(requests("capital_question", sample("What is the capital of France?")))
            }
            call.succeed(text: text)
        },
        round("test_input_required_result_list_roots", "Asks for the client's roots.") { call in
            guard let given = call.response("client_roots")?.member("roots") else {
                return call.requireInput(requests("client_roots", roots))
            }
            call.succeed(text: "roots: \(String(decoding: given.raw, as: UTF8.self))")
        },
        round("test_input_required_result_request_state", "Wants its state back.") { call in
            guard call.response("confirm") != nil else {
                return call.requireInput(requests("confirm", elicit("Please confirm", "ok", "boolean")), state: "state-1")
            }
            guard call.hasState("state-1") else { return }
            call.succeed(text: "state-ok")
        },
        round("test_input_required_result_tampered_state", "Refuses a state that is not its own.") { call in
            guard call.response("confirm") != nil else {
                return call.requireInput(requests("confirm", elicit("Please confirm", "ok", "boolean")), state: "sealed-1")
            }
            guard call.hasState("sealed-1") else { return }
            call.succeed(text: "state-ok")
        },
        round("test_input_required_result_multiple_inputs", "Asks for three things at once.") { call in
            let name = call.response("user_name")?.member("content")?.member("name")?.string
            guard let name, call.response("greeting") != nil, call.response("client_roots") != nil else {
                let all = [
                    requests("user_name", elicit("What is your name?", "name")),
                    requests("greeting", sample("Generate a greeting")),
                    requests("client_roots", roots),
                ]
                return call.requireInput(all.joined(separator: ","), state: "three")
            }
            guard call.hasState("three") else { return }
            call.succeed(text: "all three, \(name)")
        },
        round("test_input_required_result_multi_round", "Asks twice, one after the other.") { call in
            if call.response("step2") != nil {
                guard call.hasState("round-2") else { return }
                return call.succeed(text: "both steps were answered")
            }
            if call.response("step1") != nil {
                guard call.hasState("round-1") else { return }
                let second = requests("step2", elicit("Step 2: What is your favorite color?", "color"))
                return call.requireInput(second, state: "round-2")
            }
            call.requireInput(requests("step1", elicit("Step 1: What is your name?", "name")), state: "round-1")
        },
        round("test_input_required_result_capabilities", "Asks only for what the client can do.") { call in
            if call.response("question") != nil || call.response("confirm") != nil { return call.succeed(text: "thanks") }
            var wanted: [String] = []
            if call.declares("sampling") { wanted.append(requests("question", sample("Say hello"))) }
            if call.declares("elicitation") { wanted.append(requests("confirm", elicit("Please confirm", "ok", "boolean"))) }
            guard !wanted.isEmpty else { return call.succeed(text: "nothing can be asked") }
            call.requireInput(wanted.joined(separator: ","))
        },
        round("test_streaming_elicitation", "Answers with input_required, and sends no request of its own.") { call in
            guard call.response("user_name") == nil else { return call.succeed(text: "thanks") }
            call.requireInput(requests("user_name", elicit("What is your name?", "name")))
        },
        Tool(
            name: "test_missing_capability",
            title: "Needs sampling",
            description: "Is refused unless the client declares the capability sampling.",
            effect: .readOnly,
            input: Schema()
        ) { call in
            guard call.declares("sampling") else {
                var error = ProtocolError(code: -32021, message: "Missing required client capability: sampling")
                error.data = #"{"requiredCapabilities":{"sampling":{}}}"#
                return call.reject(error)
            }
            call.succeed(text: "sampling is declared")
        },
    ]

    /// A tool that asks its client.
    private static func round(_ name: String, _ description: String, _ run: @escaping @Sendable (Call) -> Void) -> Tool {
        Tool(name: name, title: name, description: description, effect: .readOnly, input: Schema()) { call in
            guard call.era == .modern else { return call.fail("only clients of revision 2026-07-28 can be asked") }
            run(call)
        }
    }

    // MARK: What is asked for, as JSON

    /// A member of `inputRequests`.
    static func requests(_ key: String, _ request: String) -> String { "\(jsonText(key)):\(request)" }

    /// Asks a person for one value.
    static func elicit(_ message: String, _ property: String, _ type: String = "string") -> String {
        let schema =
            "{\"type\":\"object\",\"properties\":{\"\(property)\":{\"type\":\"\(type)\"}},\"required\":[\"\(property)\"]}"
        return #"{"method":"elicitation/create","params":{"mode":"form","message":\#(jsonText(message)),"#
            + "\"requestedSchema\":\(schema)}}"
    }

    /// Asks the client's model.
    static func sample(_ question: String) -> String {
        let message = "{\"role\":\"user\",\"content\":\(text(question))}"
        return "{\"method\":\"sampling/createMessage\",\"params\":{\"messages\":[\(message)],\"maxTokens\":100}}"
    }

    /// Asks for the client's roots.
    static let roots = #"{"method":"roots/list","params":{}}"#
}

/// What a client was asked for, and answered.
extension Call {
    /// The client's answer to what was asked for under `key`; nil where there is none, or none that is an object.
    func response(_ key: StaticString) -> JSONSlice? {
        guard let response = self.params?.member("inputResponses")?.member(key), response.kind == .object else { return nil }
        return response
    }

    /// Whether the client gave back the state that it was given; else the call is refused.
    func hasState(_ state: String) -> Bool {
        if self.params?.member("requestState")?.string == state { return true }
        let message = "Invalid params: requestState is not the one that was given"
        self.reject(ProtocolError(code: ProtocolError.invalidParams, message: message))
        return false
    }

    /// Whether the client declares a capability.
    func declares(_ capability: StaticString) -> Bool {
        self.params?.member("_meta")?.member("io.modelcontextprotocol/clientCapabilities")?.member(capability) != nil
    }

    /// Asks for what `requests` says: members of `inputRequests`, separated by commas.
    func requireInput(_ requests: String, state: String? = nil) {
        let state = state.map { ",\"requestState\":\(jsonText($0))" } ?? ""
        self.requireInput(members: "\"inputRequests\":{\(requests)}\(state)")
    }
}

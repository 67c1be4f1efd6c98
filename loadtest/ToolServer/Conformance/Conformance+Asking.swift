/// Tools that need something of the client before they answer.
extension Conformance {
    static let asking = [
        Tool(
            name: "test_input_required_result_elicitation",
            title: "Asks for a name",
            description: "Answers with input_required first, and greets who answers.",
            effect: .readOnly,
            input: Schema()
        ) { call in
            guard call.era == .modern else { return call.fail("only clients of revision 2026-07-28 can be asked") }
            let answer = call.params?.member("inputResponses")?.member("name")
            guard let name = answer?.member("content")?.member("name")?.string else {
                return call.requireInput(
                    #""inputRequests":{"name":{"method":"elicitation/create","params":{"mode":"form","message":"What is your name?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}}}},"requestState":"state-1""#
                )
            }
            guard call.params?.member("requestState")?.string == "state-1" else {
                return call.fail("the requestState is not the one that was given")
            }
            call.succeed(text: "Hello, \(name)!")
        },
        Tool(
            name: "test_missing_capability",
            title: "Needs sampling",
            description: "Is refused unless the client declares the capability sampling.",
            effect: .readOnly,
            input: Schema()
        ) { call in
            let capabilities = call.params?.member("_meta")?.member("io.modelcontextprotocol/clientCapabilities")
            guard capabilities?.member("sampling") != nil else {
                var error = ProtocolError(code: -32021, message: "Missing required client capability: sampling")
                error.data = #"{"requiredCapabilities":{"sampling":{}}}"#
                return call.reject(error)
            }
            call.succeed(text: "sampling is declared")
        },
    ]
}

/// One kind of call in a mix.
package struct MixEntry: Sendable, Equatable {
    /// The group of its figures; the tool where there is none.
    package var name: String?
    /// Its share of the calls, relative to the weights of the others.
    package var weight: Double
    package var tool: String
    /// In bytes.
    package var payload: Int
    /// `interactive` or `batch`.
    package var lane: String
    /// How many tenants call, in turn.
    package var tenants: Int
    /// Numeric extras, such as `ms` for a tool that waits.
    package var arguments: [String: Int]

    package init(
        name: String? = nil,
        weight: Double = 1,
        tool: String = "echo",
        payload: Int = 200,
        lane: String = "interactive",
        tenants: Int = 1,
        arguments: [String: Int] = [:]
    ) {
        self.name = name
        self.weight = weight
        self.tool = tool
        self.payload = payload
        self.lane = lane
        self.tenants = tenants
        self.arguments = arguments
    }
}

extension MixEntry: Codable {
    /// - Throws: ``ScenarioError`` that names the member.
    package init(from decoder: any Decoder) throws {
        let members = try MemberReader(decoder, what: "an entry of the mix")
        try members.allow(["name", "weight", "tool", "payload", "lane", "tenants", "arguments"])
        self.init()
        name = try members.optional("name")
        weight = try members.value("weight", default: weight)
        tool = try members.value("tool", default: tool)
        payload = try members.value("payload", default: payload)
        lane = try members.value("lane", default: lane)
        tenants = try members.value("tenants", default: tenants)
        arguments = try members.value("arguments", default: arguments)
    }
}
